from ast import literal_eval
from datetime import datetime, time

from lxml import etree
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import FieldCommon

# The smallest picture there is: one white dot.
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9"
    "BUNFygAAAABJRU5ErkJggg=="
)


class VisitCommon(FieldCommon):
    """A rep plans visits to a customer in Leeds with a person to see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visits = cls.env["sale.collection.visit"]
        cls.customer.write(
            {"street": "1 High Street", "city": "Leeds", "phone": "+44 113 1"}
        )
        cls.cashier = cls.env["res.partner"].create(
            {"name": "Cashier", "parent_id": cls.customer.id, "phone": "+44 113 2"}
        )
        cls.env["sale.collection.contact.role"].create(
            {"customer_id": cls.customer.id, "contact_id": cls.cashier.id}
        )
        cls.company.collection_promise_grace_days = 0

    @classmethod
    def plan(cls, user=None, **values):
        """Return a visit as a rep plans it."""
        values = {"profile_id": cls.profile.id, **values}
        return cls.visits.with_user(user or cls.rep).create(values)

    @classmethod
    def promise(cls, day, amount=1000, mode="collect", **values):
        """Return a promise given to the rep."""
        promise = (
            cls.env["sale.collection.promise"]
            .with_user(cls.rep)
            .create(
                {
                    "profile_id": cls.profile.id,
                    "amount": amount,
                    "date": day,
                    "mode": mode,
                    **values,
                }
            )
        )
        promise.action_open()
        return promise

    def talk(self, day, **values):
        """Log a visit of a day."""
        values = {"type": "visit", "result": "paid_already", **values}
        talks = self.env["sale.collection.contact"].with_user(self.rep)
        return talks.create({"profile_id": self.profile.id, "date": day, **values})

    def miss(self, day):
        """Run the night after a day: what was planned for it is missed."""
        self.env.cr.flush()
        run = self.env["sale.collection.run"].sudo()
        return run._run(day, phases=["promises", "visits"])


@tagged("post_install", "-at_install")
class TestVisit(VisitCommon):
    """What the rep sees of a day, and what becomes of its visits."""

    def test_what_to_know_at_the_door(self):
        self.create_invoice(250, self.today, self.day(0))
        self.create_invoice(400, self.today, self.day(30))
        self.create_invoice(99, self.today, self.day(31))
        self.profile.visiting_hours = "Mondays"
        visit = self.plan(hour=9.5)
        self.assertEqual((visit.amount_due, visit.amount_due_soon), (1250, 400))
        self.assertEqual((visit.contact_id, visit.phone), (self.cashier, "+44 113 2"))
        self.assertEqual(visit.address, "1 High Street, Leeds")
        self.assertIn("1%20High%20Street%2C%20Leeds", visit.map_url)
        self.assertEqual((visit.city, visit.visiting_hours), ("Leeds", "Mondays"))
        self.assertFalse(visit.last_promise)
        self.promise(self.day(3), 700, mode="transfer")
        visit.invalidate_recordset(["last_promise"])
        self.assertRegex(visit.last_promise, r"700\.00.* for .*: open")
        self.assertEqual((visit.state, visit.purpose), ("planned", "visit"))

    def test_figures_of_many_take_no_query_each(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(6)]
        )
        for partner in partners:
            self.create_invoice(100, self.today, self.today, partner)
        profiles = self.env["sale.collection.profile"]._for(partners)
        visits = self.visits.create([{"profile_id": one.id} for one in profiles])
        names = ["amount_due", "amount_due_soon", "last_promise", "phone", "map_url"]

        def count_queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.read(names)
            return self.env.cr.sql_log_count - before

        count_queries(visits[0])
        self.assertLessEqual(count_queries(visits), count_queries(visits[0]) + 1)
        self.assertEqual(visits.mapped("amount_due"), [100] * 6)

    def test_in_the_order_of_time_and_city(self):
        other = self.env["res.partner"].create({"name": "B", "city": "Bath"})
        other.user_id = self.rep
        profile = self.env["sale.collection.profile"]._for(other)
        late = self.plan(hour=15)
        leeds, bath = self.plan(hour=9), self.plan(hour=9, profile_id=profile.id)
        self.assertEqual(self.visits.search([]).ids, (bath + leeds + late).ids)
        self.assertEqual(bath.action_next()["res_id"], leeds.id)
        self.assertEqual(late.action_next()["res_id"], bath.id)
        (bath + leeds).action_cancel()
        with self.assertRaisesRegex(UserError, "No other visit"):
            late.action_next()

    def test_documents_needed(self):
        self.profile.payment_documents = "Delivery slip, statement"
        visit = self.plan()
        self.assertEqual(
            visit.document_ids.mapped("name"), ["Delivery slip", "statement"]
        )
        visit.document_ids[0].is_ready = True
        self.assertEqual(visit.missing, "statement")

    def test_a_talk_of_the_day_is_the_visit(self):
        visit = self.plan()
        other = self.plan(date=self.day(1))
        talk = self.talk(self.today)
        self.assertEqual((visit.state, visit.talk_id), ("done", talk))
        self.assertEqual(other.state, "planned")
        with self.assertRaisesRegex(UserError, "Only a planned visit"):
            visit.date = self.day(4)

    def test_nobody_came_and_told_of_later(self):
        visit = self.plan()
        self.miss(self.today)
        self.assertEqual(visit.state, "planned")
        run = self.miss(self.day(1))
        self.assertEqual(visit.state, "missed")
        phase = run.phase_ids.filtered(lambda one: one.code == "visits")
        self.assertEqual(phase.counts, {"missed": 1})
        self.talk(self.today)
        self.assertEqual(visit.state, "done")

    def test_what_cannot_be_planned(self):
        with self.assertRaisesRegex(ValidationError, "or later"):
            self.plan(date=self.day(-1))
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.plan(hour=24)
        with self.assertRaisesRegex(ValidationError, "Person to see"):
            self.plan(contact_id=self.env["res.partner"].create({"name": "X"}).id)
        visit = self.plan()
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        stranger.user_id = self.rep
        profile = self.env["sale.collection.profile"]._for(stranger)
        with self.assertRaisesRegex(UserError, "stays with its customer"):
            visit.profile_id = profile
        with self.assertRaisesRegex(ValidationError, "or later"):
            visit.date = self.day(-1)
        visit.unlink()
        done = self.plan()
        self.talk(self.today)
        with self.assertRaisesRegex(UserError, "stays on record"):
            done.unlink()

    def test_state_is_no_client_s(self):
        visit = self.plan(state="done", purpose="collect", signed_by="Me")
        self.assertEqual((visit.state, visit.purpose), ("planned", "visit"))
        self.assertFalse(visit.signed_by)
        visit.write({"state": "missed", "signature": DOT})
        self.assertEqual(visit.state, "planned")
        self.assertFalse(visit.signature)

    def test_own_customers_and_companies(self):
        visit = self.plan()
        stranger, collector = self.new_users(
            "visit",
            stranger="sale_collection.group_user",
            collector="sale_collection.group_all_customers",
        )
        self.assertFalse(self.visits.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            visit.with_user(stranger).read(["date"])
        with self.assertRaises(AccessError):
            self.plan(stranger)
        self.assertEqual(self.visits.with_user(collector).search([]), visit)
        auditor = self.new_user("visit_auditor", "account.group_account_readonly")
        self.assertEqual(visit.with_user(auditor).amount_due, 1000)
        with self.assertRaises(AccessError):
            visit.with_user(auditor).note = "seen"
        other = self.setup_other_company()["company"]
        abroad = self.new_user("visit_abroad", "sale_collection.group_all_customers")
        abroad.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(self.visits.with_user(abroad).search([]))

    def test_from_the_page_of_a_customer(self):
        action = self.profile.with_user(self.rep).action_plan_visit()
        model = self.visits.with_user(self.rep).with_context(**action["context"])
        form = Form(model, view=action["views"][0][0])
        self.assertEqual(form.contact_id, self.cashier)
        form.date = self.day(2)
        visit = form.save()
        self.assertEqual(self.profile.visit_date, self.day(2))
        kinds = self.env["sale.collection.timeline"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "visit")]
        )
        self.assertEqual(kinds.res_id, visit.id)
        self.assertEqual(kinds.detail, "Visit, Planned")
        visit.action_cancel()
        self.assertFalse(self.profile.visit_date)

    def test_preparation_sheet(self):
        self.profile.payment_documents = "Delivery slip, statement"
        reason = self.env.ref("sale_collection.reason_cash_shortage")
        [line] = self.receivable_lines(self.invoice)
        self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": reason.id,
                "line_ids": [Command.create({"line_id": line.id, "amount": 120})],
            }
        )
        visit = self.plan()
        visit.document_ids[0].is_ready = True
        self.assertEqual(visit.action_print_sheet()["type"], "ir.actions.report")
        printer = self.env["ir.actions.report"].with_user(self.rep)
        html, __ = printer._render_qweb_html(
            "sale_collection_field.visit_sheet", visit.ids
        )
        html = html.decode()
        for text in (self.invoice.name, "1,000.00", "120.00", reason.name, "Cashier"):
            self.assertIn(text, html)
        self.assertEqual((html.count("☑"), html.count("☐")), (1, 1))
        self.assertEqual(html.count("Missing"), 1)
        self.assertPrintsEach("sale_collection_field.visit_sheet", visit | self.plan())

    def test_day_sheet_of_no_day(self):
        sheet = self.env["sale.collection.day.sheet"].new({"date": False})
        self.assertFalse(sheet.missed_ids)
        self.assertEqual(sheet.promised, 0)

    def test_day_sheet(self):
        """Seen 1, promised 300 and 200, reported 150, not seen 1."""
        other = self.env["res.partner"].create({"name": "Closed"})
        other.user_id = self.rep
        profile = self.env["sale.collection.profile"]._for(other)
        closed = self.plan(profile_id=profile.id)
        self.plan()
        talk = self.talk(self.today)
        [line] = self.receivable_lines(self.invoice)
        more = self.create_invoice(500, self.day(-40), self.day(-10))
        self.promise(self.day(3), 300, "transfer", line_ids=line.ids)
        self.promise(
            self.day(3), 200, "transfer", line_ids=self.receivable_lines(more).ids
        )
        self.report(150)
        sheet = self.env["sale.collection.day.sheet"].with_user(self.rep).create({})
        self.assertEqual(sheet.talk_ids, talk)
        self.assertEqual((sheet.promised, len(sheet.promise_ids)), (500, 2))
        self.assertEqual(sheet.notice_ids.amount, 150)
        self.assertIn("150.00", sheet.reported)
        self.assertEqual(sheet.missed_ids, closed)
        html, __ = (
            self.env["ir.actions.report"]
            .with_user(self.rep)
            ._render_qweb_html("sale_collection_field.day_sheet", sheet.ids)
        )
        for text in ("Closed", "500.00", "150.00"):
            self.assertIn(text, html.decode())
        sheet.date = self.day(-1)
        self.assertFalse(sheet.talk_ids | sheet.missed_ids.talk_id)
        self.assertEqual(sheet.promised, 0)
        colleague = self.new_user("visit_peer", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            sheet.with_user(colleague).read(["promised"])


@tagged("post_install", "-at_install")
class TestCollecting(VisitCommon):
    """A promise that we collect has a visit; the customer does not answer for us."""

    def test_a_visit_on_the_day_at_the_hour(self):
        promise = self.promise(self.day(5), hour=14.5, contact_id=self.cashier.id)
        visit = promise.visit_ids
        self.assertEqual((visit.date, visit.due_date), (self.day(5), self.day(5)))
        self.assertEqual((visit.hour, visit.purpose), (14.5, "collect"))
        self.assertEqual((visit.user_id, visit.state), (self.rep, "planned"))
        self.assertEqual(visit.contact_id, self.cashier)
        self.assertFalse(self.promise(self.day(6), mode="transfer").visit_ids)
        # Replaced by the second one: nothing is left to come for.
        self.assertEqual(promise.state, "superseded")
        self.assertFalse(visit.exists())

    def test_from_the_dialog_of_a_talk(self):
        action = self.profile.with_user(self.rep).action_log_contact()
        model = self.env[action["res_model"]].with_user(self.rep)
        form = Form(model.with_context(**action["context"]))
        form.result = "promised"
        form.next_date = self.today
        form.mode = "collect"
        form.hour = 16
        form.save().action_save()
        visit = self.profile.visit_ids
        # Today, by the very talk in which it was agreed: that is not the visit.
        self.assertEqual((visit.date, visit.hour), (self.today, 16))
        self.assertEqual((visit.state, visit.purpose), ("planned", "collect"))

    def test_money_takes_the_visit_back(self):
        promise = self.promise(self.day(5))
        visit = promise.visit_ids
        self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual(promise.state, "kept")
        self.assertFalse(visit.exists())

    def test_undone_money_plans_anew_what_was_signed(self):
        """The visit stays on record, as it was signed, and another one is planned."""
        promise = self.promise(self.day(5))
        signed = promise.visit_ids
        signed.sudo().write({"signature": DOT, "signed_by": "Mr Chan"})
        payment = self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual((promise.state, signed.state), ("kept", "cancelled"))
        self.assertEqual(promise.visit_ids, signed)
        payment._collection_receivable_lines().remove_move_reconcile()
        self.touch()
        self.assertEqual(promise.state, "open")
        again = promise.visit_ids - signed
        self.assertRecordValues(
            again,
            [
                {
                    "state": "planned",
                    "date": self.day(5),
                    "due_date": self.day(5),
                    "user_id": self.rep.id,
                    "signature": False,
                }
            ],
        )
        self.assertEqual((signed.state, signed.signed_by), ("cancelled", "Mr Chan"))
        # Money that comes then takes the new one back, and leaves what was signed.
        self.pay(self.invoice, date=self.today)
        self.touch()
        self.assertEqual((promise.state, promise.visit_ids), ("kept", signed))

    def test_nobody_came(self):
        """The promise of a day waits 14 days; then it is judged as any other."""
        promise = self.promise(self.day(5))
        visit = promise.visit_ids
        self.miss(self.day(6))
        self.assertEqual((visit.state, promise.state), ("missed", "open"))
        self.assertIn("Collector missed", self.profile.message_ids[0].body)
        todo = self.profile.activity_ids.filtered(
            lambda one: one.user_id == self.rep and "plan the visit" in one.summary
        )
        self.assertEqual(todo.date_deadline, self.day(6))
        self.miss(self.day(19))
        self.assertEqual(promise.state, "open")
        self.miss(self.day(20))
        self.assertEqual(promise.state, "broken")

    def test_where_the_controller_looks(self):
        """The list of visits names who did not come for what was promised."""
        collected = self.promise(self.day(1)).visit_ids
        seen = self.plan()
        self.talk(self.today)
        not_seen = self.plan(date=self.day(1))
        ahead = self.plan(date=self.day(9))
        self.miss(self.day(2))
        self.assertEqual(
            [one.state for one in (collected, seen, not_seen, ahead)],
            ["missed", "done", "missed", "planned"],
        )
        visits = self.visits.with_user(self.controller)
        arch = etree.fromstring(visits.get_view(view_type="search")["arch"])
        [domain] = arch.xpath("//filter[@name='collector_missed']/@domain")
        found = visits.search(literal_eval(domain))
        self.assertEqual((found, found.user_id), (collected, self.rep))
        with freeze_time(datetime.combine(self.day(2), time(12))):
            self.talk(self.day(1))
        self.assertFalse(visits.search(literal_eval(domain)))

    def test_money_came_though_nobody_did(self):
        """Paid 8 days after the date: kept, wholly and not late."""
        late = self.create_invoice(600, self.day(-60), self.day(-20))
        line = self.receivable_lines(late)
        with freeze_time(datetime.combine(self.day(-10), time(12))):
            promise = self.promise(self.day(-10), 600, line_ids=line.ids)
            self.miss(self.day(-9))
        self.assertEqual(promise.visit_ids.state, "missed")
        self.pay(late, date=self.day(-2))
        self.touch()
        self.assertEqual((promise.state, promise.amount_received), ("kept", 600))
        self.assertEqual((promise.fulfilment, promise.days_late), (1, 0))

    def test_we_came_and_got_nothing(self):
        promise = self.promise(self.today)
        self.talk(self.today, result="no_answer", next_date=self.day(3))
        self.assertEqual(promise.visit_ids.state, "done")
        self.miss(self.day(1))
        self.assertEqual(promise.state, "broken")

    def test_planned_anew(self):
        promise = self.promise(self.today)
        missed = promise.visit_ids
        with self.assertRaisesRegex(UserError, "Only a visit that was missed"):
            missed.action_plan_again()
        self.miss(self.day(1))
        action = missed.with_user(self.rep).action_plan_again()
        again = self.visits.browse(action["res_id"])
        self.assertEqual((again.state, again.promise_id), ("planned", promise))
        self.assertEqual(again.due_date, self.today)
        self.assertGreater(again.date, self.today)
        self.assertEqual(missed.action_plan_again()["res_id"], again.id)
        # They agreed on a later day: the promise is due when we come.
        again.with_user(self.rep).date = self.day(30)
        promise.sudo()._evaluate(self.day(29))
        self.assertEqual(promise.state, "open")
        again.sudo().state = "done"
        promise.sudo()._evaluate(self.day(30))
        self.assertEqual(promise.state, "open")
        promise.sudo()._evaluate(self.day(31))
        self.assertEqual(promise.state, "broken")

    def test_the_customer_does_not_want_it(self):
        promise = self.promise(self.today)
        visit = promise.visit_ids
        visit.action_cancel()
        with self.assertRaisesRegex(UserError, "stays on record"):
            visit.with_user(self.rep).unlink()
        promise.sudo()._evaluate(self.today)
        self.assertEqual(promise.visit_ids, visit)
        promise.sudo()._evaluate(self.day(1))
        self.assertEqual(promise.state, "broken")

    def test_each_payment_of_a_plan(self):
        promise = self.promise(
            False,
            kind="plan",
            first_date=self.day(2),
            frequency="weekly",
            payment_count=2,
            breach_action="continue",
        )
        self.assertEqual(promise.visit_ids.mapped("due_date"), [self.day(2)])
        self.pay(self.invoice, 500, date=self.today)
        self.touch()
        self.assertEqual(promise.visit_ids.mapped("due_date"), [self.day(9)])

    def test_a_standing_promise_is_transferred(self):
        with self.assertRaisesRegex(ValidationError, "standing promise"):
            self.promise(
                False, 100, kind="standing", first_date=self.day(3), frequency="weekly"
            )

    def test_one_event_that_moves(self):
        if "calendar.event" not in self.env:
            self.skipTest("Calendar is not installed")
        self.rep.tz = "Europe/Berlin"
        events = self.env["calendar.event"].search([])
        promise = self.promise(self.day(5), hour=14.5)
        visit = promise.visit_ids
        event = self.env["calendar.event"].search([]) - events
        self.assertEqual(len(event), 1)
        self.assertEqual(event.user_id, self.rep)
        self.assertEqual(event.partner_ids, self.rep.partner_id)
        self.assertEqual(event.name, "Collect: Customer")
        self.assertEqual(event.start.date(), self.day(5))
        self.assertIn(event.start.hour, (12, 13))
        self.assertEqual((event.start.minute, event.duration), (30, 1))
        visit.with_user(self.rep).write({"date": self.day(6), "hour": 0})
        self.assertEqual(self.env["calendar.event"].search([]) - events, event)
        self.assertTrue(event.allday)
        self.assertEqual(event.start_date, self.day(6))
        self.assertFalse(
            self.env["mail.mail"].search([("subject", "ilike", "Collect: Customer")])
        )
        visit.action_cancel()
        self.assertFalse(event.exists())
        # A visit without a promise is on the list of visits only.
        self.plan()
        self.assertEqual(self.env["calendar.event"].search([]), events)


@tagged("post_install", "-at_install")
class TestSignature(VisitCommon):
    """The customer signs once, and what was signed stays."""

    def sign(self, action, **values):
        model = self.env[action["res_model"]].with_user(self.rep)
        form = Form(model.with_context(**action["context"]))
        form.signature = values.pop("signature", DOT)
        form.signed_by = values.pop("signed_by", "Mr Chan")
        dialog = form.save()
        dialog.write(values)
        return dialog.action_apply()

    def test_promise(self):
        promise = self.promise(self.day(5), mode="transfer")
        self.sign(promise.action_sign())
        self.assertEqual(promise.signed_by, "Mr Chan")
        self.assertRegex(
            promise.signed_text, r"Customer promises to pay .*1,000\.00.* by "
        )
        self.assertIsInstance(promise.signed_on, datetime)
        self.assertTrue(promise.signature)
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "sale_collection.promise_letter", promise.ids
        )
        self.assertIn("Mr Chan", html.decode())
        self.assertIn("data:image", html.decode())
        with self.assertRaisesRegex(UserError, "has signed this already"):
            self.sign(promise.action_sign())
        with self.assertRaises(UserError):
            promise.with_user(self.rep).signature = False
        self.assertFalse(promise.copy().signature)

    def test_promise_not_given_is_not_signed(self):
        draft = self.env["sale.collection.promise"].create(
            {"profile_id": self.profile.id, "amount": 10, "date": self.day(3)}
        )
        with self.assertRaisesRegex(UserError, "Confirm it first"):
            self.sign(draft.action_sign())

    def test_balance(self):
        self.create_invoice(400, self.today, self.day(20))
        visit = self.plan()
        self.sign(visit.action_sign(), signed_by=" Mrs Wong ")
        self.assertRegex(visit.signed_text, r"1,400\.00, of which .*1,000\.00 is due")
        self.assertEqual(visit.signed_by, "Mrs Wong")
        visit.write({"signature": False, "signed_by": "Nobody"})
        self.assertEqual(visit.signed_by, "Mrs Wong")
        self.assertTrue(visit.signature)
        with self.assertRaisesRegex(UserError, "stays on record"):
            visit.unlink()

    def test_signed_balance_acknowledges_its_debts(self):
        visit = self.plan()
        query = self.env["sale.collection.acknowledgement"]._get_sql(self.company)
        self.env.flush_all()
        self.assertFalse(self.env.execute_query(query))
        self.sign(visit.action_sign())
        self.env.flush_all()
        debt = self.invoice.line_ids.filtered("date_maturity")[:1]
        proof = (debt.id, visit.signed_on.date(), visit._name, visit.id)
        self.assertIn(proof, self.env.execute_query(query))

    def test_what_is_refused(self):
        visit = self.plan()
        with self.assertRaisesRegex(ValidationError, "let the customer sign"):
            self.sign(visit.action_sign(), signature=False)
        with self.assertRaisesRegex(ValidationError, "enter who signs"):
            self.sign(visit.action_sign(), signed_by=" ")
        with self.assertRaisesRegex(UserError, "figures have changed"):
            self.sign(visit.action_sign(), text="Customer owes nothing")
        self.assertFalse(visit.signature)
        stranger = self.new_user("sign_stranger", "sale_collection.group_user")
        dialogs = self.env["sale.collection.sign"].with_user(stranger)
        with self.assertRaises(AccessError):
            dialogs.create(
                {"visit_id": visit.id, "signed_by": "X", "signature": DOT}
            ).action_apply()
