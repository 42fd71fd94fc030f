import base64
from datetime import timedelta

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import PortalCommon
from .test_confirmation import PIXEL


@tagged("post_install", "-at_install")
class TestPlan(PortalCommon):
    """The customer asks to pay in parts: at once, or after its collector agrees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(100, -30) + cls.owe(50, -10)
        cls.chosen = cls.receivable_lines(cls.owed)
        cls.company.write(
            {
                "collection_portal_plan_parts": 3,
                "collection_portal_plan_days": 90,
                "collection_portal_plan_first": 30,
            }
        )
        cls.collector = cls.new_user(
            "plan collector", "sale_collection.group_all_customers", email="a@b.com"
        )
        cls.profile.user_id = cls.collector
        cls.first_day = cls.today + timedelta(5)

    def tell_path(self, lines=None):
        return self.choose(lines or self.chosen).replace("/pay?", "/tell?")

    def ask(self, lines=None, **values):
        """Fill in the form and send it: return the answer, and what was made."""
        page = self.open(self.tell_path(lines))
        [form] = page.xpath("//form[@name='plan']")
        hidden = [
            (field.get("name"), field.get("value"))
            for field in form.xpath(".//input[@type='hidden']")
        ]
        given = {
            "count": "3",
            "frequency": "monthly",
            "first": str(self.first_day),
            "first_amount": "",
            **values,
        }
        self.env.flush_all()
        answer = self.url_open("/my/statement/plan", data=[*hidden, *given.items()])
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        return answer, self.find_plans()

    def find_plans(self):
        return self.env["sale.collection.promise"].search(
            [("profile_id", "=", self.profile.id)]
        )

    def parts(self, plan):
        return plan.plan_line_ids.sorted("date").mapped("amount")

    def sign(self, plan, **values):
        self.env.flush_all()
        answer = self.make_jsonrpc_request(
            f"/my/statement/plan/{plan.id}/sign",
            {"name": "Ms Li", "signature": PIXEL, **values},
        )
        self.env.invalidate_all()
        return answer

    def mails(self, plan):
        return plan.message_ids.filtered("partner_ids")

    # === AT ONCE ===#

    def test_within_the_bounds_at_once(self):
        self.login("customer")
        answer, plan = self.ask()
        self.assertIn(f"/my/statement/plan/{plan.id}", answer.url)
        self.assertEqual((plan.state, plan.kind), ("open", "plan"))
        self.assertEqual(self.parts(plan), [50, 50, 50])
        days = [self.first_day + relativedelta(months=number) for number in range(3)]
        self.assertEqual(plan.plan_line_ids.sorted("date").mapped("date"), days)
        self.assertEqual((plan.amount, plan.date), (150, days[-1]))
        self.assertEqual(plan.contact_id, self.customer)
        self.assertEqual(plan.user_id, self.collector)
        self.assertTrue(plan.is_from_portal)
        self.assertEqual(plan.allocation_ids.line_id, self.chosen)
        self.assertFalse(plan.activity_ids)
        page = self.open(f"/my/statement/plan/{plan.id}")
        self.assertEqual(len(self.read_texts(page, "plan_part")), 3)
        self.assertIn("please sign", self.read_texts(page, "plan_state")[0])
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "promised")), 2)
        self.assertIn("150.00", self.read_texts(page, "plan")[0])

    def test_larger_first_payment(self):
        self.login("customer")
        _answer, plan = self.ask(first_amount="60.01")
        self.assertEqual(self.parts(plan), [60.01, 44.99, 45])
        self.assertEqual(plan.state, "open")

    def test_judged_by_the_money_like_every_promise(self):
        self.login("customer")
        _answer, plan = self.ask()
        self.pay(self.owed, 150, date=self.today)
        self.env.cr.flush()
        plan._evaluate()
        self.assertEqual((plan.state, plan.amount_received), ("kept", 150))
        page = self.open(f"/my/statement/plan/{plan.id}")
        self.assertIn("Thank you", self.read_texts(page, "plan_state")[0])

    def test_not_twice(self):
        self.login("customer")
        self.ask()
        page = self.open(self.tell_path())
        self.assertFalse(page.xpath("//form[@name='plan']"))
        with self.assertRaisesRegex(UserError, "promised already"):
            self.chosen.sudo()._collection_plan(
                self.customer, 2, self.first_day, "weekly"
            )

    # === BEYOND ===#

    def test_beyond_the_bounds_is_put_before_the_collector(self):
        self.login("customer")
        _answer, plan = self.ask(count="6", first_amount="15")
        self.assertEqual(plan.state, "draft")
        self.assertEqual(self.parts(plan), [15, 27, 27, 27, 27, 27])
        excess = plan.plan_excess.split("\n")
        self.assertEqual(len(excess), 3)
        self.assertIn("6 payments, at once: 3", excess[0])
        self.assertIn("within 90 days", excess[1])
        self.assertIn("15.00", excess[2])
        self.assertEqual(plan.activity_ids.user_id, self.collector)
        page = self.open(f"/my/statement/plan/{plan.id}")
        self.assertIn("get back to you", self.read_texts(page, "plan_state")[0])
        self.assertFalse(self.read_texts(page, "sign"))
        self.assertFalse(self.read_texts(page, "letter"))
        page = self.open("/my/statement")
        self.assertFalse(self.read_texts(page, "promised"))
        answer, plans = self.ask(count="2")
        self.assertIn("promised already", answer.text)
        self.assertEqual(plans, plan)

    def test_collector_accepts(self):
        self.login("customer")
        _answer, plan = self.ask(count="6")
        plan.with_user(self.collector).action_open()
        self.assertEqual((plan.state, self.parts(plan)), ("open", [25] * 6))
        self.assertFalse(plan.activity_ids)
        [mail] = self.mails(plan)
        self.assertEqual(mail.partner_ids, self.customer)
        self.assertIn("We agree", mail.body)
        self.assertIn(f"/my/statement/plan/{plan.id}", mail.body)
        self.assertBearsCompany(mail)
        self.assertIn("redirect_url", self.sign(plan))
        self.assertEqual(plan.signed_by, "Ms Li")

    def test_collector_refuses_and_says_why(self):
        self.login("customer")
        _answer, plan = self.ask(count="6")
        dialogs = self.env["sale.collection.plan.refuse"].with_user(self.collector)
        with self.assertRaises(ValidationError):
            dialogs.create({"promise_id": plan.id, "reason": " "}).action_refuse()
        action = plan.with_user(self.collector).action_ask_refusal()
        dialog = dialogs.with_context(**action["context"])
        dialog.create({"reason": "Four payments at most."}).action_refuse()
        self.assertEqual(plan.state, "cancelled")
        self.assertFalse(plan.activity_ids)
        self.assertIn("Four payments at most.", self.mails(plan).body)
        page = self.open(f"/my/statement/plan/{plan.id}")
        self.assertIn("Four payments", self.read_texts(page, "refusal")[0])
        self.env.flush_all()
        letter = self.url_open(f"/my/statement/plan/{plan.id}/letter")
        self.assertEqual(letter.status_code, 404)
        self.assertIn("cannot be signed now", self.sign(plan)["error"])
        with self.assertRaisesRegex(UserError, "answered already"):
            plan.with_user(self.collector)._refuse("Again")
        _answer, plans = self.ask()
        self.assertEqual((plans - plan).state, "open")

    def test_only_the_collector_or_a_manager_refuses(self):
        self.login("customer")
        _answer, plan = self.ask(count="6")
        other = self.new_user("plan other", "sale_collection.group_all_customers")
        with self.assertRaises(AccessError):
            plan.with_user(other)._refuse("No")
        stranger = self.new_user("plan stranger", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            self.env["sale.collection.plan.refuse"].with_user(stranger).create(
                {"promise_id": plan.id, "reason": "No"}
            ).action_refuse()
        self.assertEqual(plan.state, "draft")

    def test_what_was_asked_is_answered_and_not_changed(self):
        self.login("customer")
        _answer, plan = self.ask(count="6")
        mine = plan.with_user(self.collector)
        with self.assertRaisesRegex(UserError, "accept it as it is"):
            mine.write({"payment_count": 3})
        with self.assertRaisesRegex(UserError, "accept it as it is"):
            mine.plan_line_ids[0].amount = 1
        with self.assertRaisesRegex(UserError, "say why"):
            mine.action_cancel()
        with self.assertRaisesRegex(UserError, "say why"):
            mine.unlink()
        with self.assertRaises(UserError):
            mine.write({"is_from_portal": False, "signed_by": "Forged"})
        self.assertFalse(plan.signed_by)

    def test_merged_customers_find_the_plan_as_it_was_asked_for(self):
        """Whichever of the two is kept, and whether or not it has a profile."""
        plan = self.chosen.sudo()._collection_plan(
            self.customer, 6, self.first_day, "monthly", 15.0
        )
        asked = plan.plan_line_ids.mapped(lambda part: (part.date, part.amount))
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        for name in ("into it", "into another", "into one without a profile"):
            with self.subTest(name), self.cr.savepoint() as point:
                same = self.env["res.partner"].create({"name": name})
                if name != "into one without a profile":
                    self.create_invoice(70, partner=same)
                    self.profiles._for(same)
                kept = self.customer if name == "into it" else same
                merge._merge((self.customer | same).ids, kept)
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual((plan.partner_id, plan.state), (kept, "draft"))
                found = plan.plan_line_ids.mapped(lambda part: (part.date, part.amount))
                self.assertEqual(found, asked)
                plan.with_user(self.collector).action_open()
                self.assertEqual((plan.state, plan.amount), ("open", 150))
                self.assertEqual(self.parts(plan), [15] + [27] * 5)
                point.rollback()

    def test_other_grades_ask(self):
        grades = self.env["sale.collection.grade"].search([("is_new", "=", False)])
        self.company.collection_portal_plan_grade_ids = grades[:1]
        self.login("customer")
        page = self.open(self.tell_path())
        self.assertFalse(self.read_texts(page, "plan_bounds"))
        _answer, plan = self.ask()
        self.assertEqual(plan.state, "draft")
        self.assertIn("this grade", plan.plan_excess)
        plan.sudo().refusal_reason = "x"
        plan.sudo().action_cancel()
        self.profile.sudo().grade_id = grades[:1]
        _answer, plans = self.ask()
        self.assertEqual((plans - plan).state, "open")

    # === WHAT IS NO PLAN ===#

    def test_bad_input_names_the_way_out(self):
        self.login("customer")
        late = self.today + timedelta(400)
        for values, words in (
            ({"count": "1"}, "2 to 36 payments"),
            ({"count": "37"}, "2 to 36 payments"),
            ({"count": "x"}, "2 to 36 payments"),
            ({"first": str(self.today - timedelta(1))}, "within a year"),
            ({"first": str(late)}, "within a year"),
            ({"first": "x"}, "within a year"),
            ({"frequency": "daily"}, "how often"),
            ({"first_amount": "150"}, "first payment must be"),
            ({"first_amount": "-1"}, "first payment must be"),
            ({"first_amount": "nan"}, "first payment must be"),
        ):
            with self.subTest(**values):
                answer, plans = self.ask(**values)
                self.assertIn(words, answer.text)
                self.assertFalse(plans)

    def test_where_plans_are_off(self):
        self.company.collection_portal_plan_parts = 0
        self.login("customer")
        page = self.open(self.tell_path())
        self.assertFalse(page.xpath("//form[@name='plan']"))
        with self.assertRaisesRegex(UserError, "call us"):
            self.chosen.sudo()._collection_plan(
                self.customer, 2, self.first_day, "weekly"
            )

    def test_debts_of_another_currency(self):
        euro = self.setup_other_currency("EUR")
        foreign = self.receivable_lines(self.owe(20, currency_id=euro.id))
        self.login("customer")
        page = self.open(self.tell_path(foreign))
        self.assertFalse(page.xpath("//form[@name='plan']"))
        self.assertTrue(page.xpath("//form[@name='promise']"))

    def test_bounds_make_sense(self):
        for name, value in (
            ("collection_portal_plan_parts", 37),
            ("collection_portal_plan_days", -1),
            ("collection_portal_plan_first", 101),
        ):
            with (
                self.subTest(name=name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.company[name] = value
                self.company.flush_recordset()

    # === SIGNATURE AND LETTER ===#

    def test_signature_locks(self):
        self.login("customer")
        _answer, plan = self.ask()
        self.assertIn("error", self.sign(plan, name=" "))
        self.assertIn("error", self.sign(plan, signature=None))
        picture = base64.b64encode(b"no picture").decode()
        self.assertIn("error", self.sign(plan, signature=picture))
        self.assertFalse(plan.signed_on)
        answer = self.sign(plan)
        self.assertEqual(answer["redirect_url"], f"/my/statement/plan/{plan.id}")
        self.assertEqual(plan.signed_by, "Ms Li")
        self.assertTrue(plan.signature and plan.signed_on and plan.signed_ip)
        self.assertIn("error", self.sign(plan, name="Mr Wang"))
        self.assertEqual(plan.signed_by, "Ms Li")
        page = self.open(f"/my/statement/plan/{plan.id}")
        self.assertFalse(self.read_texts(page, "sign"))
        self.assertIn("Ms Li", self.read_texts(page, "signed")[0])
        for values in ({"amount": 1}, {"signed_by": "X", "amount": 1}):
            with self.assertRaises(UserError):
                plan.with_user(self.collector).write(values)
        with self.assertRaises(UserError):
            plan.with_user(self.collector).plan_line_ids[0].amount = 1

    def test_letter_carries_the_signature(self):
        self.login("customer")
        _answer, plan = self.ask()
        self.env.flush_all()
        letter = self.url_open(f"/my/statement/plan/{plan.id}/letter")
        self.assertEqual(letter.status_code, 200)
        self.assertEqual(letter.headers["Content-Type"], "application/pdf")
        report = self.env["ir.actions.report"].sudo()
        name = "sale_collection.report_promise"
        self.assertNotIn("Ms Li", report._render_qweb_html(name, plan.ids)[0].decode())
        self.sign(plan)
        text = report._render_qweb_html(name, plan.ids)[0].decode()
        self.assertIn("Ms Li", text)
        self.assertIn("data:image/png;base64", text)

    # === WHO ===#

    def test_nothing_about_others(self):
        self.login("customer")
        _answer, plan = self.ask()
        path = f"/my/statement/plan/{plan.id}"
        self.login("other")
        self.open(self.tell_path())
        self.env.flush_all()
        self.assertEqual(self.url_open(path).status_code, 404)
        self.assertEqual(self.url_open(f"{path}/letter").status_code, 404)
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.sign(plan)
        self.assertFalse(plan.signed_on)
        self.assertFalse(self.read_texts(self.open("/my/statement"), "plans"))
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(path).url)

    def test_guest_with_an_old_link_asks_for_nothing(self):
        path = self.profile._get_pay_link().removeprefix(self.base_url())
        page = self.open(path)
        self.assertFalse(page.xpath("//button[@name='tell']"))
        self.env.flush_all()
        self.assertIn("/web/login", self.url_open(self.tell_path()).url)
        self.open("/my/statement/open/AQ", status=410)

    def test_contact_sees_what_the_customer_allows(self):
        own = self.receivable_lines(self.owe(30, -3, partner=self.contact))
        self.login("customer")
        _answer, plan = self.ask()
        self.customer.collection_portal_scope = "own"
        self.login("contact")
        self.env.flush_all()
        self.assertEqual(
            self.url_open(f"/my/statement/plan/{plan.id}").status_code, 404
        )
        _answer, plans = self.ask(own)
        mine = plans - plan
        self.assertEqual((mine.contact_id, mine.amount), (self.contact, 30))
        self.open(f"/my/statement/plan/{mine.id}")
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "plan")), 1)
        page = self.open(self.tell_path())
        self.assertFalse(page.xpath("//form[@name='plan']"))
        self.customer.collection_portal_scope = "none"
        self.env.flush_all()
        self.assertEqual(
            self.url_open(f"/my/statement/plan/{mine.id}").status_code, 404
        )
