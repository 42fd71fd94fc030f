from datetime import timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import CollectionCommon
from ..roles import RolesCase

BARE = "sale_collection.group_user"


@tagged("post_install", "-at_install")
class TestPage(CollectionCommon):
    """The page of a customer, read and used with our one group alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._collection_today()
        cls.rep = cls.new_user("page_rep", BARE)
        cls.collector = cls.new_user("page_collector", BARE)
        cls.controller = cls.new_user(
            "page_controller", "sale_collection.group_credit_controller"
        )
        cls.company.collection_controller_id = cls.controller
        cls.customer.write(
            {
                "user_id": cls.rep.id,
                "phone": "+1 555 0100",
                "email": "customer@example.com",
            }
        )
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.profile.user_id = cls.collector
        cls.late, cls.later = (
            cls.create_invoice(amount, cls.today - timedelta(60), due)
            for amount, due in (
                (1000, cls.today - timedelta(30)),
                (500, cls.today + timedelta(10)),
            )
        )
        cls.profile._refresh()
        cls.cash = cls.env.ref("sale_collection.reason_cash_shortage")

    def own(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.profile.with_user(user or self.rep)

    def items(self, *invoices, user=None):
        moves = self.env["account.move"].union(*invoices)
        return self.own(user).open_item_ids.filtered(
            lambda item: item.sudo().move_id in moves
        )

    def talk(self, **values):
        return self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "result": "reached",
                "next_date": self.today + timedelta(2),
                **values,
            }
        )

    # === READ ===#

    prepare_specification = RolesCase.prepare_specification

    def get_form(self, user):
        model = self.env["sale.collection.profile"].with_user(user)
        return etree.fromstring(model.get_view(view_type="form")["arch"])

    def read_page(self, user):
        """Read what the web client reads to show the page; return the queries."""
        profile = self.own(user)
        form = self.get_form(user)
        shown = self.prepare_specification(profile, form)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        [values] = profile.web_read({**shown, "display_name": {}})
        return values, self.env.cr.sql_log_count - before

    def test_amounts_of_the_first_tab(self):
        self.talk(reason_id=self.cash.id)
        self.give(self.late, 400)
        for user in (self.rep, self.collector):
            values, __ = self.read_page(user)
            rows = values["open_item_ids"]
            self.assertEqual([row["amount"] for row in rows], [1000, 500])
            self.assertEqual([row["days_overdue"] for row in rows], [30, 0])
            promised = self.today + timedelta(5)
            self.assertEqual([row["date_promised"] for row in rows], [promised, False])
            self.assertEqual(len(values["recent_contact_ids"]), 1)
            self.assertEqual(values["advice_step"], "plan")
            self.assertTrue(values["say_polite"] and values["say_firm"])

    def test_tabs_that_are_not_open_are_not_read(self):
        shown = self.get_form(self.rep).xpath("//field[not(ancestor::list)]/@name")
        self.assertFalse({"timeline_html", "factor_html", "score_ids"} & {*shown})
        later = self.get_form(self.rep).xpath("//widget/@field")
        self.assertEqual({"timeline_html", "factor_html"}, {*later})

    def test_queries_do_not_grow(self):
        self.talk()
        self.read_page(self.rep)
        __, few = self.read_page(self.rep)
        for amount in (10, 20, 30):
            invoice = self.create_invoice(amount, self.today - timedelta(90))
            self.talk(note=str(amount), reason_id=self.cash.id)
            self.give(invoice, amount)
        __, many = self.read_page(self.rep)
        self.assertLessEqual(many, few + 2)
        self.assertLessEqual(few, 120)

    def test_three_buttons_and_the_rest_in_the_gear(self):
        header = self.get_form(self.rep).xpath("//header[not(ancestor::list)]/button")
        self.assertEqual(
            [button.get("name") for button in header],
            ["action_log_contact", "action_open_statement", "action_new_promise"],
        )
        bindings = self.env["ir.actions.actions"].with_user(self.controller)
        bound = bindings.get_bindings("sale.collection.profile")["action"]
        self.assertLessEqual(
            {
                "Dispute",
                "Change credit terms",
                "Set grade",
                "Propose limit and terms",
            },
            {action["name"] for action in bound},
        )

    def test_people_to_call_and_to_write_to(self):
        people = str(self.own().people_html)
        self.assertIn("tel:+1 555 0100", people)
        self.assertIn("mailto:customer@example.com", people)
        finance, handler = self.env["res.partner"].create(
            [
                {"name": "Fay", "parent_id": self.customer.id, "phone": "+1 555 0101"},
                {"name": "Hal", "parent_id": self.customer.id, "email": "hal@x.org"},
            ]
        )
        roles = self.env["sale.collection.contact.role"]
        for contact, role in ((finance, "finance"), (handler, "handler")):
            roles.create(
                {
                    "customer_id": self.customer.id,
                    "contact_id": contact.id,
                    "role": role,
                }
            )
        people = str(self.own().people_html)
        self.assertLess(people.index("Hal"), people.index("Fay"))
        self.assertIn("tel:+1 555 0101", people)
        self.assertNotIn("customer@example.com", people)
        own = self.own()
        self.assertEqual(own.call_name, "Hal")
        self.assertEqual((own.call_phone, own.call_email), ("+1 555 0100", "hal@x.org"))
        log = self.open_dialog(own.action_log_contact())
        self.assertIn("Hal", log.people_html)

    def test_bounced_payment_is_on_top_for_ninety_days(self):
        self.assertFalse(self.own().bounce_notice)
        payment = self.pay(self.late, 300, date=self.today - timedelta(20))
        self.env["sale.collection.bounce"]._bounce(
            payment, self.today - timedelta(10), "funds"
        )
        notice = self.own().bounce_notice
        self.assertIn("300.00", notice)
        self.assertIn("insufficient funds", notice)
        self.assertNotIn("USD", notice)
        self.env.ref("base.CAD").active = True
        self.assertIn("300.00 USD", self.own().bounce_notice)
        self.env["sale.collection.bounce"].sudo().search([]).date = (
            self.today - timedelta(90)
        )
        self.assertFalse(self.own().bounce_notice)

    def test_timeline_is_read_on_its_own(self):
        timeline = str(self.own().timeline_html)
        self.assertIn(self.late.name, timeline)
        self.assertIn("1,000.00", timeline)

    # === ONE FIGURE FOR EACH NOTION ===#

    def test_late_instalments_are_counted_and_not_shared_out(self):
        paid = self.create_invoice(50, self.today - timedelta(90))
        self.pay(paid, 50, date=self.today - timedelta(10))
        self.env.cr.flush()
        self.profile._refresh()
        self.assertIn("Late: 2 of 2 instalments.", str(self.own().summary_html))
        fields_shown = self.get_form(self.rep).xpath("//page//field/@name")
        self.assertFalse({"late_share", "avg_days_late"} & {*fields_shown})

    def test_invoice_names_the_promise_in_place_of_a_prediction(self):
        self.assertIn("payment expected on", self.later.collection_summary)
        self.assertNotIn("expected", self.late.collection_summary)
        promise = self.give(self.late, 1000)
        self.env.invalidate_all()
        day = promise.date.strftime("%m/%d/%Y")
        self.assertIn(f"promised for {day}", self.late.collection_summary)
        self.give(self.later, 500)
        self.env.invalidate_all()
        self.assertNotIn("expected", self.later.collection_summary)
        self.assertIn("promised for", self.later.collection_summary)

    # === BUTTONS ===#

    def give(self, invoice, amount):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": self.today + timedelta(5),
                "allocation_ids": [
                    Command.create({"line_id": line.id})
                    for line in self.receivable_lines(invoice)
                ],
            }
        )
        promise.action_open()
        return promise

    def open_dialog(self, action, user=None):
        model = self.env[action["res_model"]].with_user(user or self.rep)
        model = model.with_context(**action["context"])
        return Form(model, view=action["views"][0][0] or None)

    def test_buttons_on_ticked_instalments(self):
        for user in (self.rep, self.collector):
            items = self.items(self.late, user=user)
            form = self.open_dialog(items.action_promise(), user)
            self.assertEqual(form.amount, 1000)
            form = self.open_dialog(items.action_dispute(), user)
            self.assertEqual(len(form.line_ids), 1)
        both = self.items(self.late, self.later)
        with self.assertRaisesRegex(UserError, "one invoice"):
            both.action_pay_link()
        link = self.items(self.late).action_pay_link()
        self.assertEqual(link["context"]["active_id"], self.late.id)
        other = self.create_invoice(7, partner=self.partner_a)
        self.env["sale.collection.profile"].sudo()._for(self.partner_a)
        every = self.env["sale.collection.open.item"].search(
            [("move_id", "in", (other | self.late).ids)]
        )
        with self.assertRaisesRegex(UserError, "one customer"):
            every.action_promise()

    def test_every_button_shown_opens(self):
        self.talk(reason_id=self.cash.id)
        for user in (self.rep, self.collector, self.controller):
            profile = self.own(user)
            for button in self.get_form(user).xpath(
                "//button[@type='object'][not(ancestor::field)]"
            ):
                name = button.get("name")
                if name in ("action_end_override", "action_wake"):
                    continue  # shown while there is something to end
                with self.subTest(user=user.login, button=name):
                    self.assertTrue(getattr(profile, name)())

    # === ADVICE ===#

    def test_each_reason_has_words_and_a_step(self):
        for reason in self.env["sale.collection.reason"].search([]):
            with self.subTest(reason=reason.name):
                self.assertTrue(reason.advice and reason.next_step)
                self.assertTrue(reason.say_polite and reason.say_firm)

    def test_steps_lead_to_what_exists(self):
        profile = self.own()
        for step, model in (
            ("promise", "sale.collection.promise"),
            ("plan", "sale.collection.promise"),
            ("dispute", "sale.collection.dispute"),
            ("statement", "sale.collection.statement"),
            ("call_again", "sale.collection.contact.log"),
        ):
            self.cash.next_step = step
            self.talk(reason_id=self.cash.id)
            self.env.invalidate_all()
            self.assertEqual(profile.advice_title, self.cash.name)
            self.assertEqual(profile.action_take_step()["res_model"], model, step)
        form = self.open_dialog(profile._take_step("plan"))
        self.assertEqual(form.kind, "plan")
        for step in ("credit_note", "reminder_plan", "hold", "manager"):
            profile._take_step(step)
        asked = self.profile.activity_search(["sale_collection.activity_decision"])
        self.assertEqual(asked.user_id, self.controller)
        self.assertIn("Ask for a credit note", asked.mapped("summary"))

    def test_no_advice_where_nothing_is_overdue(self):
        self.talk(reason_id=self.cash.id)
        self.pay(self.late, date=self.today)
        self.env.cr.flush()
        self.profile._refresh()
        self.assertFalse(self.own().advice_title)

    def test_manager_edits_the_words(self):
        manager = self.new_user("page_manager", "sale_collection.group_manager")
        self.cash.with_user(manager).say_firm = "A part today, please."
        self.talk(reason_id=self.cash.id)
        self.assertEqual(self.own().say_firm, "A part today, please.")

    def test_dialog_advises_before_and_after_the_reason_is_chosen(self):
        self.talk(reason_id=self.cash.id)
        form = self.open_dialog(self.own().action_log_contact())
        self.assertEqual(form.say_polite, self.cash.say_polite)
        forgot = self.env.ref("sale_collection.reason_contact_changed")
        form.reason_id = forgot
        self.assertEqual(form.say_polite, forgot.say_polite)
        self.assertEqual(form.reason_step, "statement")
        form.result = "reached"
        form.next_date = self.today + timedelta(3)
        log = form.save()
        log.action_next_step()
        self.assertTrue(log.wants_statement)
        self.assertEqual(log.action_save()["res_model"], "sale.collection.statement")
