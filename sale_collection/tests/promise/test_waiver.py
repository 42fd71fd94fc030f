from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .test_promise import TODAY, PromiseCommon

END = "2026-03-10"
AFTER = "2026-03-14"  # one day past the grace


@tagged("post_install", "-at_install")
class TestWaiver(PromiseCommon):
    """A plan that pays 70,000 of 100,000 and waives the rest once it is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.controller, cls.second = cls.new_users(
            "waiver",
            rep="sale_collection.group_user",
            first="sale_collection.group_credit_controller",
            second="sale_collection.group_credit_controller",
        )
        cls.company.collection_controller_id = cls.controller
        cls.company.collection_write_off_account_id = cls.company_data[
            "default_account_expense"
        ]
        cls.customer.user_id = cls.rep
        cls.profile.sudo().user_id = cls.rep
        cls.requests = cls.env["sale.collection.write.off"].sudo()

    def agree(self, amount=70000, invoices=None, user=None, **values):
        """Return a plan of one payment that waives the rest."""
        plan = self.promises.with_user(user or self.rep).create(
            {
                "profile_id": self.profile.id,
                "kind": "plan",
                "amount": amount,
                "first_date": END,
                "payment_count": 1,
                "waives_rest": True,
                "line_ids": self.receivable_lines(
                    invoices or self.create_invoice(100000)
                ).ids,
                **values,
            }
        )
        plan.action_open()
        return plan.sudo()

    def find(self, plan):
        return self.requests.search([("promise_id", "=", plan.id)], order="id")

    def read_cover(self, day=TODAY):
        """Return {instalment: what of it is not asked for}, due or not."""
        self.env.flush_all()
        parts = self.env["sale.collection.promise.allocation"]
        query = parts._get_cover_query(self.company, day, "infinity")
        rows = self.env.execute_query(query)
        return {line_ref: float(amount) for _partner, line_ref, amount in rows}

    def read_waiting(self, day=TODAY):
        """Return {instalment: waiver that waits for approval}."""
        self.env.flush_all()
        query = self.env["sale.collection.cover"]._get_cover_sql(self.company, day)
        rows = self.env.execute_query(query)
        return {line: float(amount) for line, amount, _until, kind in rows if kind}

    # === KEPT ===#

    def test_kept(self):
        """70,000 in time: 30,000 are asked for, and two people write them off."""
        invoice = self.create_invoice(100000)
        line = self.receivable_lines(invoice)
        plan = self.agree(invoices=invoice)
        self.assertEqual((plan.waiver_amount, plan.amount), (30000, 70000))
        self.assertFalse(self.find(plan))
        self.assertEqual(self.read_cover(), {line.id: 100000})
        self.pay(invoice, 70000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertState(plan, "kept", 70000, 1)
        request = self.find(plan)
        self.assertRecordValues(
            request,
            [
                {
                    "state": "requested",
                    "kind": "waiver",
                    "amount": 30000,
                    "line_id": line.id,
                    "user_id": self.rep.id,
                    "create_uid": self.rep.id,
                    "profile_id": self.profile.id,
                }
            ],
        )
        self.assertEqual(request.activity_ids.user_id, self.controller)
        self.assertEqual(self.read_waiting(), {line.id: 30000})
        with self.assertRaisesRegex(AccessError, "credit controllers"):
            request.with_user(self.rep).action_approve()
        request.with_user(self.controller).action_approve()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertKinds(invoice, {"cash": 70000.0, "write_off": 30000.0})
        self.evaluate("2026-03-20")
        self.assertState(plan, "kept", 70000, 1)
        self.assertEqual(self.find(plan), request)
        self.assertFalse(self.read_waiting())

    def test_never_by_the_same_person(self):
        """A controller who noted the plan, or collects it, approves no waiver."""
        for user, values in (
            (self.controller, {"user_id": self.rep.id}),
            (self.rep, {"user_id": self.controller.id}),
        ):
            with self.subTest(user=user.name):
                invoice = self.create_invoice(100000)
                plan = self.agree(invoices=invoice, user=user, **values)
                self.pay(invoice, 70000, "2026-03-02")
                self.evaluate("2026-03-02")
                request = self.find(plan)
                with self.assertRaisesRegex(AccessError, "yourself"):
                    request.with_user(self.controller).action_approve()
                request.with_user(self.second).action_approve()
                self.assertEqual(invoice.payment_state, "paid")

    def test_rejected(self):
        """The debt of 30,000 is asked for again, and is not asked to be waived."""
        invoice = self.create_invoice(100000)
        plan = self.agree(invoices=invoice)
        self.pay(invoice, 70000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.find(plan).with_user(self.controller).action_reject()
        self.assertFalse(self.read_waiting())
        self.evaluate("2026-03-20")
        self.assertEqual(self.find(plan).mapped("state"), ["rejected"])
        self.assertEqual(invoice.amount_residual, 30000)

    def test_money_where_it_went(self):
        """Of 60,000 and 40,000 the older is paid: 30,000 are left of the younger."""
        first = self.create_invoice(60000, due="2026-01-10")
        second = self.create_invoice(40000, due="2026-01-20")
        plan = self.agree(invoices=first + second)
        self.assertEqual(plan.allocation_ids.mapped("waived"), [18000, 12000])
        self.pay(first, 60000, "2026-03-02")
        self.pay(second, 10000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertState(plan, "kept", 70000)
        self.assertRecordValues(
            self.find(plan), [{"amount": 30000, "move_id": second.id}]
        )

    def test_an_invoice_waived_whole(self):
        """Oldest first, 60,000 pay the older one: the younger is waived."""
        first = self.create_invoice(60000, due="2026-01-10")
        second = self.create_invoice(40000, due="2026-01-20")
        plan = self.agree(60000, first + second, split="oldest")
        self.assertEqual(plan.allocation_ids.mapped("waived"), [0, 40000])
        self.assertEqual(sum(self.read_cover().values()), 100000)
        self.pay(first, 60000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertRecordValues(
            self.find(plan), [{"amount": 40000, "move_id": second.id}]
        )

    def test_more_than_promised(self):
        """80,000 came: 20,000 are left to waive."""
        invoice = self.create_invoice(100000)
        plan = self.agree(invoices=invoice)
        self.pay(invoice, 80000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertEqual(self.find(plan).amount, 20000)

    def test_asked_for_by_somebody_before(self):
        """One request for one instalment: that of a colleague stands."""
        invoice = self.create_invoice(100)
        plan = self.agree(98, invoice)
        self.pay(invoice, 98, "2026-03-02")
        reason = self.env.ref("sale_collection.reason_cash_shortage")
        self.env.cr.flush()
        request = self.requests.with_user(self.rep).create(
            {"line_id": self.receivable_lines(invoice).id, "reason_id": reason.id}
        )
        self.evaluate("2026-03-02")
        self.assertEqual(plan.state, "kept")
        self.assertFalse(self.find(plan))
        self.assertEqual(request.state, "requested")

    def test_foreign_currency(self):
        """200,000 at 2.0 are 100,000 here; 140,000 paid, 60,000 waived."""
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self.create_invoice(200000, currency_id=euro.id)
        plan = self.agree(invoices=invoice)
        self.assertEqual(plan.waiver_amount, 30000)
        self.pay(invoice, 140000, "2026-03-02", currency_id=euro.id)
        self.evaluate("2026-03-02")
        request = self.find(plan)
        self.assertEqual(request.amount, 30000)
        request.with_user(self.controller).action_approve()
        self.assertEqual(invoice.payment_state, "paid")

    # === NOT KEPT ===#

    def test_broken(self):
        """Nothing was ever written off: all that was owed is owed."""
        invoice = self.create_invoice(100000)
        line = self.receivable_lines(invoice)
        plan = self.agree(invoices=invoice)
        self.profile.sudo()._refresh(TODAY)
        self.assertEqual(self.profile.amount_promised, 100000)
        self.evaluate(AFTER)
        self.assertState(plan, "broken", 0)
        self.assertFalse(self.find(plan))
        self.assertFalse(self.read_cover(date.fromisoformat(AFTER)))
        self.assertEqual(line.amount_residual, 100000)
        self.profile.sudo()._refresh(date.fromisoformat(AFTER))
        self.assertEqual(self.profile.amount_overdue, 100000)
        self.assertEqual(self.profile.amount_promised, 0)

    def test_half_of_it(self):
        """50,000 of 70,000: no waiver, 50,000 are owed."""
        invoice = self.create_invoice(100000)
        plan = self.agree(invoices=invoice)
        self.pay(invoice, 50000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertEqual(sum(self.read_cover().values()), 50000)
        self.evaluate(AFTER)
        self.assertState(plan, "partial", 50000)
        self.assertFalse(self.find(plan))
        self.assertFalse(self.read_cover(date.fromisoformat(AFTER)))

    def test_money_undone(self):
        """The cheque came back: the request is taken back, and asked anew."""
        invoice = self.create_invoice(100000)
        plan = self.agree(invoices=invoice)
        payment = self.pay(invoice, 70000, "2026-03-02")
        self.evaluate("2026-03-02")
        request = self.find(plan)
        payment._collection_receivable_lines().remove_move_reconcile()
        self.evaluate("2026-03-02")
        self.assertEqual((plan.state, request.state), ("open", "rejected"))
        self.assertFalse(request.activity_ids)
        self.pay(invoice, 70000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertEqual(self.find(plan).mapped("state"), ["rejected", "requested"])

    def test_replaced(self):
        """A new plan waives for itself alone."""
        invoice = self.create_invoice(100000)
        plan = self.agree(invoices=invoice)
        other = self.agree(80000, invoice)
        self.assertEqual(plan.state, "superseded")
        self.pay(invoice, 80000, "2026-03-02")
        self.evaluate("2026-03-02")
        self.assertFalse(self.find(plan))
        self.assertEqual(self.find(other).amount, 20000)

    # === ENTRY ===#

    def test_only_plans(self):
        self.create_invoice(100000)
        with self.assertRaisesRegex(ValidationError, "Choose a plan"):
            self.promise(70000, waives_rest=True)

    def test_agreed_once(self):
        plan = self.agree().with_user(self.rep)
        with self.assertRaisesRegex(UserError, "not changed"):
            plan.waives_rest = False
        with self.assertRaisesRegex(UserError, "not changed"):
            plan.allocation_ids.write({"waived": 1})

    def test_in_the_form(self):
        self.create_invoice(100000)
        form = Form(
            self.promises.with_user(self.rep).with_context(
                default_profile_id=self.profile.id
            )
        )
        form.kind = "plan"
        form.first_date = END
        form.payment_count = 2
        form.amount = 70000
        form.waives_rest = True
        self.assertEqual(form.waiver_amount, 30000)
        plan = form.save()
        self.assertEqual(plan.plan_line_ids.mapped("amount"), [35000, 35000])
        plan.action_open()
        letter = self.env["ir.qweb"]._render(
            "sale_collection.promise_letter", {"docs": plan.sudo()}
        )
        self.assertIn("waives the rest", str(letter))

    def test_what_is_expected(self):
        """70,000 on the day promised; what is waived is expected on none."""
        invoice = self.create_invoice(100000)
        self.agree(invoices=invoice)
        self.env.flush_all()
        rows = self.env["sale.collection.expected.payment"].search(
            [("move_id", "=", invoice.id)]
        )
        self.assertEqual(
            [(row.amount, row.date_predicted) for row in rows],
            [(70000, date.fromisoformat(END))],
        )

    def test_many_at_once(self):
        """Eight plans are judged with the same queries as four, but their rows."""
        counts = []
        for size in (4, 8):
            plans = self.promises.browse()
            for _number in range(size):
                invoice = self.create_invoice(100)
                plans |= self.agree(70, invoice)
                self.pay(invoice, 70, "2026-03-02")
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            plans._follow_bargain()
            counts.append(self.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_what_clients_make_up(self):
        """What clients make up of the figures is left out."""
        plan = self.promises.with_user(self.rep).create(
            {
                "profile_id": self.profile.id,
                "kind": "plan",
                "amount": 70,
                "first_date": END,
                "payment_count": 1,
                "allocation_ids": [
                    Command.create(
                        {
                            "line_id": self.receivable_lines(
                                self.create_invoice(100)
                            ).id,
                            "waived": 100,
                        }
                    )
                ],
            }
        )
        self.assertFalse(plan.allocation_ids.waived)
