from datetime import date

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon

TODAY = date(2026, 3, 2)


class PromiseCommon(CollectionCommon):
    """Promises made on Monday, 2 March 2026, on invoices due 31 January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-02 09:00:00"))
        cls.company.write(
            {"collection_promise_grace_days": 3, "collection_promise_threshold": 100}
        )
        cls.promises = cls.env["sale.collection.promise"]
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.profile = cls.profile.sudo(False)

    def promise(self, amount, day="2026-03-10", invoices=None, **values):
        """Return a confirmed promise, on all overdue instalments unless told."""
        values = {
            "profile_id": self.profile.id,
            "amount": amount,
            "date": day,
            **values,
        }
        if invoices:
            values["line_ids"] = self.receivable_lines(invoices).ids
        promise = self.promises.create(values)
        promise.action_open()
        return promise

    def evaluate(self, day):
        """Judge everything as on ``day``, money mirrored."""
        self.env.cr.flush()
        self.promises._evaluate(fields.Date.to_date(day))

    def follow_up(self, today):
        """Follow promises up as in the night before ``today``; return how many."""
        pace = self.env["sale.collection.promise.follow.up"].sudo()
        due = pace._get_due_soon(self.company, today)
        broken = pace._get_newly_broken(self.company, today)
        pace._confirm(due, today)
        pace._chase(broken, today)
        return {"confirmed": len(due), "followed": len(broken)}

    def assertState(self, promise, state, received=None, fulfilment=None):
        self.assertEqual(promise.state, state)
        if received is not None:
            self.assertAlmostEqual(promise.amount_received, received, 2)
        if fulfilment is not None:
            self.assertAlmostEqual(promise.fulfilment, fulfilment, 4)


@tagged("post_install", "-at_install")
class TestPromise(PromiseCommon):
    # === ENTRY ===#

    def test_proposals(self):
        first = self.create_invoice(600)
        second = self.create_invoice(400, due="2026-02-15")
        self.create_invoice(300, due="2026-04-30")
        promise = self.promises.create(
            {"profile_id": self.profile.id, "date": "2026-03-10"}
        )
        self.assertEqual(promise.amount, 1000)
        self.assertEqual(promise.line_ids.move_id, first | second)
        self.assertEqual(promise.allocation_ids.mapped("amount"), [600, 400])
        self.assertEqual(promise.name, "/")
        self.assertEqual(promise.grace_days, 3)

    def test_split(self):
        for due, amount in (("01-10", 600), ("01-20", 300), ("01-30", 300)):
            self.create_invoice(amount, due=f"2026-{due}")
        promise = self.promise(900)
        self.assertEqual(promise.allocation_ids.mapped("amount"), [450, 225, 225])
        promise = self.promise(900, split="oldest")
        self.assertEqual(promise.allocation_ids.mapped("amount"), [600, 300])
        lines = promise.line_ids
        promise = self.promise(
            500,
            split="manual",
            allocation_ids=[
                Command.create({"line_id": lines[0].id, "amount": 200}),
                Command.create({"line_id": lines[1].id, "amount": 300}),
            ],
        )
        self.assertEqual(promise.allocation_ids.mapped("amount"), [200, 300])

    def test_refused(self):
        invoice = self.create_invoice(1000)
        other = self.create_invoice(50, partner=self.partner_a)
        draft = self.create_invoice(70, post=False)
        lines = self.receivable_lines(invoice)
        for message, values in (
            ("Amount: .* is more than the .*1,000.00", {"amount": 1000.01}),
            ("Date: .* on or after 03/02/2026", {"date": "2026-03-01"}),
            ("Enter the promised amount", {"amount": -5}),
            ("choose posted, unpaid", {"line_ids": self.receivable_lines(other).ids}),
            ("choose posted, unpaid", {"line_ids": self.receivable_lines(draft).ids}),
            (
                "do not sum",
                {
                    "split": "manual",
                    "allocation_ids": [
                        Command.create({"line_id": lines.id, "amount": 10})
                    ],
                },
            ),
            (
                "payments of the plan sum to .*300.00",
                {
                    "kind": "plan",
                    "plan_line_ids": [
                        Command.create({"date": "2026-03-10", "amount": 300})
                    ],
                },
            ),
            (
                "Bill matures on",
                {"payment_form": "bill", "maturity_date": "2026-01-01"},
            ),
        ):
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.promise(**{"amount": 500, "day": "2026-03-10", **values})

    def test_draft_not_open_in_the_past(self):
        self.create_invoice(1000)
        promise = self.promises.create(
            {"profile_id": self.profile.id, "amount": 10, "date": "2026-03-03"}
        )
        with self.assertRaisesRegex(ValidationError, "on or after 03/05/2026"):
            with freeze_time("2026-03-05 09:00:00"):
                promise.action_open()
        self.assertEqual(promise.state, "draft")

    def test_opening_by_create(self):
        self.create_invoice(1000)
        promise = self.promises.create(
            {
                "profile_id": self.profile.id,
                "amount": 10,
                "date": "2026-03-03",
                "state": "open",
            }
        )
        self.assertState(promise, "open", 0)
        self.assertTrue(promise.opened_at)
        self.assertIn("Promise made", promise.message_ids[0].body)
        with self.assertRaises(UserError):
            self.promises.create([{"profile_id": self.profile.id, "state": "kept"}])

    def test_taken_down_a_day_later(self):
        """Money booked between the promise and its entry counts."""
        invoice = self.create_invoice(1000)
        with freeze_time("2026-02-25 09:00:00"):
            self.pay(invoice, 100, date="2026-02-25")
            self.env.cr.flush()
        self.pay(invoice, 300, date="2026-03-01")
        promise = self.promise(600, made_on="2026-02-27")
        self.assertState(promise, "open", 300)
        self.assertEqual(promise.allocation_ids.amount_open, 900)

    def test_given_promise_is_not_changed(self):
        self.create_invoice(1000)
        promise = self.promise(1000)
        for values in ({"amount": 5}, {"date": "2026-05-01"}, {"state": "kept"}):
            with self.assertRaises(UserError):
                promise.write(values)
        with self.assertRaises(UserError):
            promise.unlink()
        promise.write({"note": "Called again", "user_id": self.env.uid})

    # === JUDGEMENT ===#

    def test_kept_by_money_in_time(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        self.assertState(promise, "open", 0)
        self.assertEqual(promise.next_date, date(2026, 3, 10))
        self.pay(invoice, date="2026-03-13")
        self.evaluate("2026-03-13")
        self.assertState(promise, "kept", 1000, 1)
        self.assertEqual(promise.days_late, 3)
        self.assertFalse(promise.allocation_ids.is_live)

    def test_partial_and_broken(self):
        first = self.create_invoice(1000)
        second = self.create_invoice(500)
        partial = self.promise(1000, invoices=first)
        broken = self.promise(500, invoices=second)
        self.pay(first, 400, date="2026-03-05")
        self.evaluate("2026-03-13")
        self.assertState(partial, "open", 400)
        self.evaluate("2026-03-14")
        self.assertState(partial, "partial", 400, 0.4)
        self.assertState(broken, "broken", 0, 0)

    def test_late_and_reconciled_later(self):
        """One day late within grace, matched a week after: kept all the same."""
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        self.evaluate("2026-03-18")
        self.assertState(promise, "broken", 0, 0)
        with freeze_time("2026-03-18 09:00:00"):
            self.pay(invoice, date="2026-03-11")
            self.evaluate("2026-03-18")
        self.assertState(promise, "kept", 1000, 1)

    def test_one_day_too_late_without_grace(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000, grace_days=0)
        with freeze_time("2026-03-18 09:00:00"):
            self.pay(invoice, date="2026-03-11")
            self.evaluate("2026-03-18")
        self.assertState(promise, "broken", 0, 29 / 30)

    def test_threshold(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000, threshold_percent=95)
        self.pay(invoice, 949)
        self.evaluate("2026-03-05")
        self.assertState(promise, "open", 949)
        self.pay(invoice, 1, date="2026-03-05")
        self.evaluate("2026-03-05")
        self.assertState(promise, "kept", 950)

    def test_part_payment_of_two_invoices(self):
        first, second = self.create_invoice(600), self.create_invoice(300)
        promise = self.promise(900)
        self.pay(second, date="2026-03-05")
        self.evaluate("2026-03-14")
        self.assertState(promise, "partial", 300)
        self.assertEqual(promise.line_ids.move_id, first | second)

    def _transfer(self, invoice, arrived, kept_back):
        """Book and match a transfer of which a part was kept back in its own entry."""
        bank = self.bank_journal.default_account_id
        expense = self.company_data["default_account_expense"]
        lines = [(bank, arrived), (expense, kept_back)]
        lines.append((self.receivable, -arrived - kept_back))
        entry = self.create_entry(lines, date="2026-03-09")
        self.match(invoice, entry)
        return entry

    def test_no_invoice_is_looked_for_in_vain(self):
        with self.assertQueryCount(0):
            self.assertEqual(self.env["account.move"]._get_latest_promises(), {})

    def test_fee_of_the_bank_is_paid(self):
        invoice = self.create_invoice(1000)
        self.create_invoice(1000)
        promise = self.promise(1000)
        entry = self._transfer(invoice, 990, 10)
        self.evaluate("2026-03-10")
        self.assertState(promise, "kept", 1000, 1)
        self.receivable_lines(entry).remove_move_reconcile()
        self.evaluate("2026-03-14")
        self.assertState(promise, "broken", 0, 0)

    def test_debt_given_up_is_not_paid(self):
        invoice = self.create_invoice(1000)
        self.create_invoice(1000)
        promise = self.promise(1000)
        self._transfer(invoice, 100, 900)
        self.evaluate("2026-03-14")
        self.assertState(promise, "partial", 100, 0.1)

    def test_fee_of_a_standing_promise(self):
        invoice = self.create_invoice(5000)
        standing = self.standing()
        self._transfer(invoice, 295, 5)
        self.evaluate("2026-03-14")
        self.assertEqual(standing.plan_line_ids[:2].mapped("state"), ["broken", "kept"])

    def test_unreconciled_after_kept(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        payment = self.pay(invoice, date="2026-03-05")
        self.evaluate("2026-03-05")
        self.assertState(promise, "kept")
        self.receivable_lines(invoice).remove_move_reconcile()
        self.evaluate("2026-03-06")
        self.assertState(promise, "open", 0)
        self.assertTrue(promise.allocation_ids.is_live)
        self.match(invoice, payment.move_id)
        self.evaluate("2026-03-06")
        self.assertState(promise, "kept", 1000)

    def test_bounced_after_kept(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        payment = self.pay(invoice, date="2026-03-05")
        self.evaluate("2026-03-05")
        payment.action_draft()
        payment.action_cancel()
        self.evaluate("2026-03-20")
        self.assertState(promise, "broken", 0, 0)
        self.assertIn("Promise broken", promise.message_ids[0].body)

    def test_money_known_before_does_not_count(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice, 400, date="2026-02-20")
        promise = self.promise(600)
        self.evaluate("2026-03-04")
        self.assertState(promise, "open", 0)
        lines = self.receivable_lines(invoice)
        lines.remove_move_reconcile()
        self.evaluate("2026-03-04")
        self.assertState(promise, "open", 0)
        self.match(invoice, payment.move_id)
        self.pay(invoice, 600, date="2026-03-05")
        self.evaluate("2026-03-06")
        self.assertState(promise, "kept", 600)

    def test_credit_note_lowers_the_promise(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        note = self.create_invoice(300, "2026-03-05", move_type="out_refund")
        self.match(invoice, note)
        self.evaluate("2026-03-05")
        self.assertState(promise, "open", 0)
        self.pay(invoice, 700, date="2026-03-06")
        self.evaluate("2026-03-06")
        self.assertState(promise, "kept", 700, 1)

    def test_nothing_left_to_pay(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        note = self.create_invoice(1000, "2026-03-05", move_type="out_refund")
        self.match(invoice, note)
        self.evaluate("2026-03-05")
        self.assertState(promise, "cancelled")
        self.assertFalse(promise.cancelled_by_id)
        self.receivable_lines(invoice).remove_move_reconcile()
        self.env.cr.flush()
        self.profile._judge_promises(date(2026, 3, 6))
        self.assertState(promise, "open")

    def test_deleted_invoice(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        invoice.button_draft()
        self.evaluate("2026-03-03")
        self.assertState(promise, "open")
        invoice.with_context(force_delete=True).unlink()
        self.evaluate("2026-03-03")
        self.assertState(promise, "cancelled")

    def test_foreign_currency(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-05", 0.25)]
        )
        invoice = self.create_invoice(100, currency_id=euro.id)
        promise = self.promise(200)
        self.pay(invoice, 100, date="2026-03-06", currency_id=euro.id)
        self.evaluate("2026-03-06")
        self.assertState(promise, "kept", 200)

    # === REPLACED, CANCELLED ===#

    def test_superseded(self):
        self.create_invoice(1000)
        first = self.promise(1000)
        second = self.promise(800, "2026-03-20")
        self.assertState(first, "superseded")
        self.assertEqual(first.superseded_by_id, second)
        self.assertEqual((first.level, second.level), (1, 2))
        self.assertEqual(second.allocation_ids.mapped("is_live"), [True])
        self.assertFalse(first.allocation_ids.is_live)

    def test_judged_before_it_is_replaced(self):
        self.create_invoice(1000)
        first = self.promise(1000)
        with freeze_time("2026-03-16 09:00:00"):
            second = self.promise(1000, "2026-03-20")
            self.assertState(first, "broken", 0)
            self.assertState(second, "open")
            self.assertEqual(second.level, 2)
            with self.assertRaisesRegex(UserError, "closed already"):
                first.action_cancel()

    def test_past_promise_is_judged_by_cancelling(self):
        self.create_invoice(1000)
        promise = self.promise(1000)
        with freeze_time("2026-03-16 09:00:00"):
            with self.assertRaises(UserError):
                promise.action_cancel()

    def test_kept_promise_does_not_raise_the_level(self):
        invoice = self.create_invoice(1000)
        self.promise(400)
        self.pay(invoice, 400, date="2026-03-03")
        self.evaluate("2026-03-03")
        self.assertEqual(self.promise(600).level, 1)

    def test_reopened_beside_a_new_promise(self):
        """The instalment stays with the new promise; both are judged."""
        invoice = self.create_invoice(1000)
        first = self.promise(400)
        payment = self.pay(invoice, 400, date="2026-03-03")
        self.evaluate("2026-03-03")
        second = self.promise(600, "2026-03-20")
        payment.action_draft()
        payment.action_cancel()
        self.evaluate("2026-03-04")
        self.assertState(first, "open", 0)
        self.assertState(second, "open", 0)
        self.assertFalse(first.allocation_ids.is_live)
        self.assertTrue(second.allocation_ids.is_live)

    def test_two_reopened_at_once(self):
        """The younger promise claims the instalment both were about."""
        invoice = self.create_invoice(1000)
        first = self.promise(400)
        payments = [self.pay(invoice, 400, date="2026-03-03")]
        self.evaluate("2026-03-03")
        second = self.promise(600)
        payments.append(self.pay(invoice, 600, date="2026-03-03"))
        self.evaluate("2026-03-03")
        self.assertEqual((first | second).mapped("state"), ["kept", "kept"])
        for payment in payments:
            payment.action_draft()
            payment.action_cancel()
        self.evaluate("2026-03-04")
        self.assertEqual((first | second).mapped("state"), ["open", "open"])
        self.assertFalse(first.allocation_ids.is_live)
        self.assertTrue(second.allocation_ids.is_live)

    def test_cancelled_is_left_alone(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        promise.action_cancel()
        self.assertEqual(promise.cancelled_by_id, self.env.user)
        self.pay(invoice, date="2026-03-03")
        self.evaluate("2026-03-03")
        self.assertState(promise, "cancelled", 0)

    def test_invoice_of_a_branch(self):
        """Branches promise on the root company's profile."""
        branch = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Branch", "parent_id": self.company.id})
        )
        self.env.user.sudo().company_ids |= branch
        customer = self.customer.sudo().with_company(branch)
        customer.property_account_receivable_id = self.receivable
        journal = (
            self.env["account.journal"]
            .sudo()
            .create(
                {
                    "name": "Branch sales",
                    "code": "BRS",
                    "type": "sale",
                    "company_id": branch.id,
                    "default_account_id": self.revenue.id,
                }
            )
        )
        invoice = self.create_invoice(500, company_id=branch.id, journal_id=journal.id)
        promise = self.promise(500)
        self.assertEqual(promise.company_id, self.company)
        self.assertEqual(promise.line_ids.move_id, invoice)
        self.pay(invoice, date="2026-03-05")
        self.evaluate("2026-03-05")
        self.assertState(promise, "kept", 500)
        self.assertEqual(self.rows_of(invoice).company_id, branch)

    def test_rules_of_the_company_that_is_owed(self):
        self.create_invoice(1000)
        other = self.env["res.company"].sudo().create({"name": "Strict company"})
        other.collection_promise_grace_days = 0
        self.env.user.company_ids |= other
        self.promises = self.promises.with_context(
            allowed_company_ids=[other.id, self.company.id]
        )
        self.assertEqual(self.promise(1000).grace_days, 3)
        self.assertEqual(self.promise(1000, grace_days=5).grace_days, 5)

    def test_customers_merged(self):
        """Promises go with their customer, on both sides of a merge."""
        other = self.env["res.partner"].create({"name": "Same customer"})
        profile = self.env["sale.collection.profile"].sudo()._for(other)
        first = self.promise(100, invoices=self.create_invoice(100))
        second = self.promise(
            200,
            invoices=self.create_invoice(200, partner=other),
            profile_id=profile.id,
        )
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        merge._merge((self.customer | other).ids, self.customer)
        promises = first | second
        self.assertEqual(promises.partner_id, self.customer)
        self.assertEqual(promises.profile_id, self.profile)
        self.assertEqual(set(promises.mapped("state")), {"open"})

    # === PLANS ===#

    def plan(self, **values):
        return self.promise(
            900,
            kind="plan",
            first_date="2026-03-10",
            frequency="weekly",
            payment_count=3,
            **values,
        )

    def test_plan_kept(self):
        invoice = self.create_invoice(900)
        plan = self.plan()
        self.assertEqual(plan.plan_line_ids.mapped("amount"), [300, 300, 300])
        self.assertEqual(plan.date, date(2026, 3, 24))
        self.assertEqual((plan.next_date, plan.next_amount), (date(2026, 3, 10), 300))
        self.pay(invoice, 300, date="2026-03-10")
        self.evaluate("2026-03-11")
        self.assertState(plan, "open")
        self.assertEqual(plan.plan_line_ids.mapped("state"), ["kept", "open", "open"])
        self.assertEqual(plan.next_date, date(2026, 3, 17))
        self.pay(invoice, 600, date="2026-03-17")
        self.evaluate("2026-03-18")
        self.assertState(plan, "kept", 900, 1)

    def test_plan_breach(self):
        invoice = self.create_invoice(900)
        plan = self.plan()
        self.pay(invoice, 300, date="2026-03-10")
        self.evaluate("2026-03-21")
        self.assertState(plan, "partial", 300)
        self.assertFalse(plan.allocation_ids.is_live)
        self.assertFalse(plan.next_date)

    def test_plan_goes_on(self):
        invoice = self.create_invoice(900)
        plan = self.plan(breach_action="continue")
        self.evaluate("2026-03-15")
        self.assertState(plan, "open", 0)
        self.assertEqual(plan.plan_line_ids[0].state, "broken")
        self.assertEqual(plan.next_date, date(2026, 3, 17))
        self.pay(invoice, 900, date="2026-03-24")
        self.evaluate("2026-03-25")
        self.assertState(plan, "kept", 900)

    def test_free_plan(self):
        self.create_invoice(900)
        plan = self.promise(
            900,
            kind="plan",
            plan_line_ids=[
                Command.create({"date": "2026-03-10", "amount": 100}),
                Command.create({"date": "2026-05-10", "amount": 800}),
            ],
        )
        self.assertEqual(plan.date, date(2026, 5, 10))
        self.assertState(plan, "open")

    def test_date_for_the_rest(self):
        self.create_invoice(1000)
        promise = self.promises.create(
            {"profile_id": self.profile.id, "amount": 600, "date": "2026-03-10"}
        )
        self.assertEqual(promise.rest_amount, 400)
        promise.rest_date = "2026-03-31"
        promise.action_open()
        self.assertEqual((promise.kind, promise.amount), ("plan", 1000))
        self.assertEqual(promise.plan_line_ids.mapped("amount"), [600, 400])

    # === STANDING ===#

    def standing(self):
        return self.promise(
            300,
            False,
            kind="standing",
            frequency="weekly",
            first_date="2026-03-06",
            grace_days=0,
        )

    def test_standing_promise(self):
        invoice = self.create_invoice(5000)
        standing = self.standing()
        self.assertFalse(standing.allocation_ids)
        self.assertEqual(standing.next_date, date(2026, 3, 6))
        self.pay(invoice, 300, date="2026-03-05")
        with freeze_time("2026-03-16 09:00:00"):
            self.pay(invoice, 300, date="2026-03-16")
        self.evaluate("2026-03-16")
        self.assertState(standing, "open")
        self.assertEqual(
            standing.plan_line_ids.mapped("state"), ["kept", "broken", "kept"]
        )
        self.evaluate("2026-03-21")
        self.assertEqual(standing.next_date, date(2026, 3, 27))
        self.profile._refresh()
        self.assertAlmostEqual(self.profile.promise_kept_ratio, 2 / 3, 3)
        self.assertEqual(self.profile.broken_promise_count, 1)
        standing.action_cancel()
        self.assertState(standing, "cancelled")

    def test_standing_promise_without_debt(self):
        invoice = self.create_invoice(100)
        standing = self.standing()
        self.pay(invoice, date="2026-03-05")
        self.evaluate("2026-03-16")
        self.assertEqual(
            standing.plan_line_ids.mapped("state"), ["kept", "cancelled", "cancelled"]
        )

    # === FIGURES ===#

    def test_profile_figures(self):
        first = self.create_invoice(1000)
        second = self.create_invoice(500)
        self.promise(600, invoices=first)
        self.profile._refresh()
        self.assertEqual(self.profile.amount_promised, 600)
        self.assertEqual(self.profile.amount_collectable, 900)
        self.pay(first, 200, date="2026-03-04")
        self.evaluate("2026-03-04")
        self.profile._refresh(date(2026, 3, 4))
        self.assertEqual(self.profile.amount_promised, 400)
        self.assertEqual(self.profile.amount_collectable, 900)
        self.promise(500, invoices=second, amount_asked=1000)
        self.evaluate("2026-03-20")
        self.profile._refresh(date(2026, 3, 20))
        self.assertRecordValues(
            self.profile,
            [
                {
                    "amount_promised": 0,
                    "amount_collectable": 1300,
                    "promise_kept_ratio": 0,
                    "broken_promise_count": 1,
                    "bargaining_ratio": 0.5,
                }
            ],
        )
        # 200 of 600 in time, nothing of 500
        self.assertAlmostEqual(self.profile.promise_reliability, 200 / 1100, 3)

    def test_ask_helper(self):
        self.create_invoice(400000)
        bulk = self.profile
        trust = {bulk.id: {"reliability": 0.8, "bargaining": 0.75}}
        self.patch(type(bulk), "_get_promise_trust", lambda self, today=None: trust)
        promise = self.promises.new(
            {"profile_id": bulk.id, "target_amount": 150000, "date": "2026-03-10"}
        )
        self.assertEqual(promise.amount_asked, 250000)

    def test_warnings(self):
        invoice = self.create_invoice(1000)
        self.promise(1000)
        self.evaluate("2026-03-20")
        for amount in (30, 30, 30):
            old = self.create_invoice(amount, "2026-01-01", "2026-01-05")
            self.pay(old, date="2026-02-28")
        self.env.cr.flush()
        promise = self.promises.new(
            {"profile_id": self.profile.id, "amount": 1000, "date": "2026-03-03"}
        )
        self.assertIn("promise number 2", promise.warning)
        self.assertIn("Kept 0 of 1 promises", promise.warning)
        self.assertIn("Never paid so soon", promise.warning)
        self.assertTrue(invoice)

    def test_date_choices(self):
        self.profile.sudo().payment_month_days = "10, 25"
        promise = self.promises.new({"profile_id": self.profile.id})
        for choice, day in (
            ("tomorrow", date(2026, 3, 3)),
            ("friday", date(2026, 3, 6)),
            ("payday", date(2026, 3, 10)),
            ("month_end", date(2026, 3, 31)),
        ):
            promise.date_choice = choice
            self.assertEqual(promise.date, day)

    def test_invoice_columns(self):
        invoice = self.create_invoice(1000)
        other = self.create_invoice(10, partner=self.partner_a)
        self.promise(1000)
        moves = (invoice | other).with_user(self.env.user)
        self.assertEqual(moves.mapped("collection_promise_state"), ["open", False])
        self.assertEqual(invoice.collection_promise_date, date(2026, 3, 10))
        search = self.env["account.move"].search
        open_ones = [("collection_promise_state", "=", "open")]
        self.assertEqual(search([("id", "in", moves.ids), *open_ones]), invoice)
        none = [("collection_promise_state", "=", False)]
        self.assertEqual(search([("id", "in", moves.ids), *none]), other)

    def test_bulk(self):
        first = self.create_invoice(100)
        second = self.create_invoice(200, partner=self.partner_a)
        action = first.action_collection_promise()
        self.assertEqual(action["res_model"], "sale.collection.promise")
        action = (first | second).action_collection_promise()
        dialog = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"date": "2026-03-12"})
        )
        self.assertEqual((dialog.customer_count, dialog.amount), (2, 300))
        promises = self.promises.search(dialog.action_apply()["domain"])
        self.assertEqual(sorted(promises.mapped("amount")), [100, 200])
        self.assertEqual(set(promises.mapped("state")), {"open"})

    # === EVENTS ===#

    def test_query_count_is_constant(self):
        """Judging thirty promises takes the queries of three."""

        def prepare(count):
            for number in range(count):
                partner = self.env["res.partner"].create({"name": f"P{number}"})
                profile = self.env["sale.collection.profile"].sudo()._for(partner)
                invoice = self.create_invoice(100, partner=partner)
                self.promise(100, invoices=invoice, profile_id=profile.id)
                self.pay(invoice, 50, date="2026-03-03")
            self.env.cr.flush()

        def count_queries(day):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.promises._evaluate(fields.Date.to_date(day))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        counts = []
        for size in (1, 3, 30):
            prepare(size)
            counts.append([count_queries("2026-03-03"), count_queries("2026-03-20")])
        # the first one warms the caches
        self.assertEqual(*counts[1:])

    def test_queue_judges(self):
        invoice = self.create_invoice(1000)
        promise = self.promise(1000)
        self.pay(invoice, date="2026-03-02")
        self.env.cr.flush()
        queue = self.env["sale.collection.queue"].sudo()
        queue._process(queue._lock_rows(0, 500))
        self.assertState(promise, "kept", 1000)
        self.assertEqual(self.profile.promise_kept_ratio, 1)

    def test_follow_up(self):
        self.create_invoice(1000)
        promise = self.promise(1000, "2026-03-09")
        kinds = {
            name: self.env.ref(f"sale_collection.mail_activity_promise_{name}")
            for name in ("due", "broken")
        }
        # Monday's promise is confirmed on Friday, once
        for day, count in (("03-05", 0), ("03-06", 1), ("03-07", 1)):
            self.follow_up(fields.Date.to_date(f"2026-{day}"))
            self.assertEqual(len(promise.activity_ids), count)
        self.assertEqual(promise.activity_ids.activity_type_id, kinds["due"])
        self.evaluate("2026-03-13")
        self.assertState(promise, "broken")
        self.follow_up(date(2026, 3, 13))
        self.assertEqual(promise.activity_ids.activity_type_id, kinds["broken"])

    def test_follow_up_by_mail(self):
        self.create_invoice(1000)
        grade = self.env.ref("sale_collection.grade_b")
        grade.write({"promise_confirm": "mail", "promise_follow_up": "mail"})
        self.profile.sudo().grade_id = grade
        self.customer.email = "customer@example.com"
        promise = self.promise(1000, "2026-03-09", note="Do not trust")
        self.follow_up(date(2026, 3, 6))
        message = promise.message_ids[0]
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn("1,000.00", message.body)
        self.assertNotIn("Do not trust", message.body)
        self.assertBearsCompany(message)
        self.assertFalse(promise.activity_ids)

    def test_each_missed_date_is_followed_up(self):
        self.create_invoice(1000)
        goes_on = {"breach_action": "continue", "amount": 600, "kind": "plan"}
        standing = {"amount": 300, "kind": "standing"}
        for values in (goes_on, standing):
            promise = self.promise(
                frequency="weekly", first_date="2026-03-06", day=None, **values
            )
            for day, followed in ((9, 0), (10, 1), (11, 0), (16, 0), (17, 1)):
                today = date(2026, 3, day)
                self.evaluate(today)
                counts = self.follow_up(today)
                self.assertEqual(counts["followed"], followed, (values, day))
            self.assertEqual(promise.state, "open")
            part = values["amount"] / (3 if values is goes_on else 1)
            self.assertEqual(promise._get_missed_payment(), (date(2026, 3, 13), part))
            promise.sudo()._close({"state": "cancelled"})

    def test_mail_names_the_missed_payment(self):
        self.create_invoice(900)
        grade = self.env.ref("sale_collection.grade_c")
        grade.write({"promise_follow_up": "mail", "promise_follow_up_days": 0})
        self.profile.sudo().grade_id = grade
        self.customer.email = "customer@example.com"
        promise = self.promise(900, kind="plan", first_date="2026-03-10")
        self.evaluate("2026-03-14")
        self.follow_up(date(2026, 3, 14))
        [body] = [m.body for m in promise.message_ids if "agreed to pay" in m.body]
        self.assertIn("300.00", body)
        self.assertIn("03/10/2026", body)
        self.assertNotIn("900.00", body)

    def test_payments_of_a_cancelled_plan_are_cancelled(self):
        self.create_invoice(900)
        promise = self.promise(900, kind="plan", first_date="2026-03-10")
        promise.action_cancel()
        self.assertEqual(set(promise.plan_line_ids.mapped("state")), {"cancelled"})

    def test_letter(self):
        self.create_invoice(900)
        plan = self.plan(note="Secret note")
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "sale_collection.promise_letter", plan.ids
        )
        html = html.decode()
        self.assertIn("Payment plan agreement", html)
        self.assertIn("falls due", html)
        self.assertNotIn("Secret note", html)
        other = plan.copy()
        self.assertPrintsEach("sale_collection.promise_letter", plan | other)
