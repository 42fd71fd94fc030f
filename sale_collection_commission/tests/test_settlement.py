from datetime import date

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestSettlement(SettlementCommon):
    # === WHAT IS SETTLED ===#

    def test_a_month(self):
        self.sell(1000, paid="2026-01-20")
        self.sell(500, paid="2026-02-02")
        draft = self.prepare()
        self.assertPays(draft, earned=100, total=100, payable=100, forward=0)
        self.assertEqual(draft.state, "draft")
        self.assertFalse(draft.name)
        self.assertEqual(draft.entry_ids.mapped("amount"), [100])
        self.assertFalse(draft.entry_ids.settlement_id)
        draft.action_confirm()
        self.assertRecordValues(
            draft, [{"state": "confirmed", "confirmed_by_id": self.manager.id}]
        )
        self.assertRegex(draft.name, r"^COM/2026/\d{4}$")
        self.assertEqual(draft.entry_ids.settlement_id, draft)
        self.assertEqual(draft.entry_ids.mapped("amount"), [100])
        self.assertRecordValues(
            draft.rate_ids,
            [{"rate": 10, "factor": 1, "base_amount": 1000, "amount": 100}],
        )
        self.assertPays(self.settle("2026-02", last="28"), earned=50, earlier=0)

    def test_money_booked_late_goes_to_the_next_period(self):
        self.plan.factor_ids = [Command.create({"days_from": 1, "factor": 0.8})]
        self.sell(1000, paid="2026-01-20")
        self.settle()
        self.sell(500, paid="2026-01-30")  # in time, learnt of in February
        february = self.settle("2026-02", last="28")
        self.assertPays(february, earned=50, earlier=50)
        self.assertEqual(february.entry_ids.date, date(2026, 1, 30))
        self.assertEqual(february.entry_ids.factor, 1)

    def test_a_settled_period_is_closed(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        self.sell(500, paid="2026-01-30")
        with self.assertRaisesRegex(UserError, january.name):
            self.prepare()

    def test_nothing_to_settle(self):
        self.assertFalse(self.prepare())

    def test_half_months_of_31_days(self):
        self.sell(100, paid="2026-01-15")
        self.sell(200, paid="2026-01-16")
        self.sell(400, paid="2026-01-31")
        first = self.settle(last="15")
        second = self.settle(first="16")
        self.assertPays(first, earned=10)
        self.assertPays(second, earned=60, earlier=0)

    def test_periods_of_the_dialog(self):
        dialog = self.env["sale.collection.settlement.prepare"]
        self.company.collection_settlement_period = "half_month"
        wizard = dialog.create({"date_from": "2026-01-16"})
        self.assertEqual(wizard.date_to, date(2026, 1, 31))
        wizard.rule = "quarter"
        self.assertEqual((wizard.date_to - wizard.date_from).days // 85, 1)
        with self.assertRaisesRegex(ValidationError, "From: this period begins on"):
            dialog.create({"rule": "month", "date_from": "2026-01-16"})
        custom = dialog.create(
            {"rule": "custom", "date_from": "2026-01-05", "date_to": "2026-01-09"}
        )
        self.assertEqual(custom.date_to, date(2026, 1, 9))
        with self.assertRaisesRegex(UserError, "Nothing to settle"):
            custom.action_prepare()

    def test_everybody_at_once(self):
        self.sell(1000, paid="2026-01-20")
        self.sell(500, self.other_rep, paid="2026-01-20")
        wizard = self.env["sale.collection.settlement.prepare"].with_user(self.manager)
        wizard = wizard.create({"rule": "month", "date_from": "2026-01-01"})
        self.env.cr.flush()
        drafts = self.settlements.search(wizard.action_prepare()["domain"])
        self.assertEqual(
            {draft.user_id: draft.amount_payable for draft in drafts},
            {self.rep: 100, self.other_rep: 50},
        )
        drafts.action_confirm()
        self.assertEqual(len(set(drafts.mapped("name"))), 2)

    def test_preparing_twice_keeps_one_draft_and_its_adjustments(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        draft.line_ids = [Command.create({"name": "Fair", "amount": 25})]
        self.sell(100, paid="2026-01-21")
        self.assertPays(draft, earned=100, other=25, payable=125)
        self.assertEqual(self.prepare(), draft)
        self.assertPays(draft, earned=110, other=25, payable=135)

    def test_what_comes_after_the_preview_waits(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        self.sell(100, paid="2026-01-21")
        self.env.cr.flush()
        self.entries._accrue()
        self.assertEqual(draft.newer_count, 1)
        draft.action_confirm()
        self.assertPays(draft, earned=100)
        self.assertPays(self.prepare("2026-02", last="28"), earned=10, earlier=10)

    def test_two_drafts_of_the_same_money_settle_it_once(self):
        self.sell(1000, paid="2026-01-20")
        january, longer = self.prepare(), self.prepare("2026-01", first="15")
        january.action_confirm()
        with self.assertRaisesRegex(UserError, "Press Refresh"):
            longer.action_confirm()
        with self.assertRaisesRegex(UserError, "is not a draft any more"):
            january.action_confirm()
        longer.action_refresh()
        self.assertPays(longer, earned=0, payable=0)

    def test_dates_the_wrong_way_round(self):
        with self.assertRaisesRegex(ValidationError, "To: a period cannot end"):
            self.settlements._prepare(self.rep, "2026-02-01", "2026-01-01")

    # === CURRENCIES, COMPANIES ===#

    def test_each_currency_on_its_own(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        self.sell(1000, paid="2026-01-20")
        invoice = self.sell(300, currency_id=euro.id)
        self.pay(invoice, 300, "2026-01-20", currency_id=euro.id)
        drafts = self.settle()
        self.assertEqual(
            {draft.currency_id: draft.amount_payable for draft in drafts},
            {self.company.currency_id: 100, euro: 30},
        )
        self.assertEqual(len(set(drafts.mapped("name"))), 2)

    def test_each_company_on_its_own(self):
        other = self.setup_other_company()["company"]
        (self.rep | self.manager).company_ids += other
        self.plan.copy({"company_id": other.id, "name": "Other"})
        self.sell(1000, paid="2026-01-20")
        invoice = (
            self.env["account.move"]
            .with_company(other)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_user_id": self.rep.id,
                    "invoice_date": "2026-01-01",
                    "invoice_date_due": "2026-01-31",
                    "invoice_line_ids": [
                        Command.create({"name": "X", "price_unit": 70, "tax_ids": []})
                    ],
                }
            )
        )
        invoice.action_post()
        self.pay(invoice, date="2026-01-20")
        first, all_of_them = (
            self.settlements.with_context(allowed_company_ids=companies.ids)
            for companies in (self.company, self.company | other)
        )
        self.env.cr.flush()
        period = ("2026-01-01", "2026-01-31")
        self.assertPays(first._prepare(self.rep, *period), earned=100)
        both = all_of_them._prepare(self.rep, *period)
        self.assertEqual(
            {draft.company_id: draft.amount_payable for draft in both},
            {self.company: 100, other: 7},
        )
        both.action_confirm()
        self.assertEqual(set(both.mapped("state")), {"confirmed"})
        alone = self.settlements.with_context(allowed_company_ids=other.ids).search([])
        self.assertEqual(alone.company_id, other)

    # === MONEY UNDONE AFTER PAY-OUT ===#

    def test_bounced_after_it_was_paid_out(self):
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-20")
        january = self.settle()
        january._mark_paid(date(2026, 2, 1))
        self.env["sale.collection.bounce"]._bounce(payment, date(2026, 2, 5), "funds")
        february = self.settle("2026-02", last="28")
        self.assertPays(february, earned=-100, forward=-100, payable=0)
        self.sell(3000, paid="2026-03-02", due="2026-03-31")
        march = self.settle("2026-03")
        self.assertPays(march, earned=300, brought=-100, payable=200, forward=0)
        self.assertPays(january, earned=100)

    def test_cash_refund_after_settlement(self):
        invoice = self.sell(1000, paid="2026-01-20")
        self.settle()
        note = self.sell(200, move_type="out_refund", date="2026-02-01")
        self.pay(note, date="2026-02-10")
        self.assertFalse(invoice.amount_residual)
        february = self.settle("2026-02", last="28")
        self.assertPays(february, earned=-20, forward=-20, payable=0)
        self.assertEqual(february.entry_ids.mapped("amount"), [-20])

    def test_negative_balance_is_carried_once(self):
        draft = self.prepare_adjusted(-30)
        draft.action_confirm()
        self.assertPays(draft, forward=-30, payable=0)
        self.sell(100, paid="2026-02-10", due="2026-02-28")
        february = self.settle("2026-02", last="28")
        self.assertPays(february, brought=-30, total=-20, forward=-20, payable=0)
        self.sell(500, paid="2026-03-10", due="2026-03-31")
        self.assertPays(self.settle("2026-03"), brought=-20, payable=30)
        self.sell(100, paid="2026-04-10", due="2026-04-30")
        self.assertPays(self.settle("2026-04", last="30"), brought=0, payable=10)

    def prepare_adjusted(self, amount):
        """Return a draft without money in all and an adjustment."""
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-20")
        self.env.cr.flush()
        self.entries._accrue()
        payment.action_draft()
        draft = self.prepare()
        draft.line_ids = [Command.create({"name": "Advance", "amount": amount})]
        return draft

    # === RESERVE ===#

    def test_reserve_kept_and_released(self):
        self.plan.write({"reserve_percent": 15, "reserve_months": 2})
        self.sell(10000, paid="2026-01-20")
        january = self.settle()
        self.assertPays(january, earned=1000, reserve=-150, payable=850)
        self.assertEqual(january.reserve_balance, 150)
        self.assertEqual(january.line_ids.release_date, date(2026, 3, 31))
        self.assertFalse(self.prepare("2026-02", last="28"))
        march = self.settle("2026-03")
        self.assertPays(march, earned=0, reserve=150, payable=150)
        self.assertEqual(march.reserve_balance, 0)
        self.assertFalse(self.prepare("2026-04", last="30"))

    def test_reserve_released_by_hand_less_a_loss(self):
        self.plan.write({"reserve_percent": 15, "reserve_months": 0})
        self.sell(10000, paid="2026-01-20")
        self.settle()
        self.sell(100, paid="2026-02-20", due="2026-02-28")
        draft = self.prepare("2026-02", last="28")
        self.assertPays(draft, earned=10, reserve=-1.5, payable=8.5)
        dialog = self.env["sale.collection.settlement.release"].with_user(self.manager)
        wizard = dialog.create(
            {"settlement_id": draft.id, "loss": 40, "reason": "Leaves"}
        )
        self.assertEqual((wizard.balance, wizard.payout), (150, 110))
        wizard.action_release()
        self.assertPays(draft, reserve=108.5, payable=118.5)
        draft.action_confirm()
        self.assertEqual(draft.reserve_balance, 1.5)
        with self.assertRaisesRegex(ValidationError, "To release: enter an amount"):
            dialog.create({"settlement_id": draft.id, "amount": 9, "reason": "No"})

    def test_loss_is_taken_from_the_reserve_before_its_release(self):
        self.plan.write(
            {"reserve_percent": 15, "reserve_months": 1, "loss_percent": 10}
        )
        self.sell(10000, paid="2026-01-20")
        self.settle()
        lost = self.sell(400)
        expense = self.company_data["default_account_expense"]
        self.match(lost, self.create_entry([(expense, 400), (self.receivable, -400)]))
        february = self.settle("2026-02", last="28")
        self.assertPays(february, earned=-40, reserve=150, payable=110)
        moves = {line.kind: line.reserve_amount for line in february.line_ids}
        self.assertEqual(moves, {"reserve_loss": -40, "reserve_released": -110})
        self.assertEqual(february.reserve_balance, 0)

    # === TIERS ===#

    def settle_tiers(self, mode):
        """Return January with 150 collected of a target of 100."""
        self.plan.write(
            {
                "rate_ids": [Command.clear()],
                "tier_mode": mode,
                "tier_ids": [
                    Command.create({"lower": lower, "percent": percent})
                    for lower, percent in ((0, 5), (100, 8))
                ],
            }
        )
        self.sell(150, paid="2026-01-20")
        return self.settle()

    def test_marginal_tiers(self):
        january = self.settle_tiers("marginal")
        self.assertPays(january, earned=9, payable=9)
        self.assertEqual(january.entry_ids.mapped("kind").count("tier"), 1)

    def test_flat_tiers(self):
        january = self.settle_tiers("flat")
        self.assertPays(january, earned=12, payable=12)
        # money that comes late raises the tier by the difference
        self.sell(50, paid="2026-01-25")
        self.assertPays(self.settle("2026-02", last="28"), earned=4, earlier=4)

    def test_a_reserve_is_not_taken_of_a_negative_month(self):
        self.plan.reserve_percent = 15
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-20")
        self.settle()
        payment.action_draft()
        february = self.settle("2026-02", last="28")
        self.assertPays(february, earned=-100, reserve=0, forward=-100)

    # === RE-OPEN ===#

    def test_reopen_what_is_not_paid(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        reversal = january._reopen("Wrong rate")
        self.assertEqual((january.state, reversal.state), ("cancelled", "cancelled"))
        self.assertPays(reversal, earned=-100, payable=-100, forward=0)
        self.assertEqual(reversal.reversal_of_id, january)
        self.assertEqual(january.entry_ids, reversal.entry_ids)
        self.assertFalse(january.entry_ids.settlement_id)
        again = self.settle()
        self.assertPays(again, earned=100, brought=0, payable=100)
        self.assertNotEqual(again.name, january.name)

    def test_reopen_what_is_paid_is_taken_off_the_next(self):
        self.plan.reserve_percent = 15
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        january._mark_paid(date(2026, 2, 1))
        reversal = january._reopen("Wrong rate")
        self.assertEqual((january.state, reversal.state), ("paid", "confirmed"))
        self.assertPays(reversal, earned=-100, reserve=15, forward=-85, payable=0)
        draft = self.prepare()
        draft.line_ids = [Command.create({"name": "Right rate", "amount": 20})]
        draft.action_confirm()
        self.assertPays(
            draft, earned=100, reserve=-15, other=20, brought=-85, payable=20
        )
        self.assertEqual(draft.reserve_balance, 15)

    def test_reopen_asks_for_a_reason_and_once(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "cannot be re-opened"):
            draft._reopen("Why")
        draft.action_confirm()
        with self.assertRaisesRegex(UserError, "Reason: say why"):
            draft._reopen(" ")
        reversal = draft._reopen("Why")
        for again in draft, reversal:
            with self.assertRaisesRegex(UserError, "re-opened"):
                again._reopen("Why")

    # === LOCKED ===#

    def test_confirmed_is_not_changed(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        changes = [
            lambda: january.write({"amount_earned": 1}),
            lambda: january.write({"state": "draft"}),
            lambda: january.write(
                {"line_ids": [Command.create({"name": "More", "amount": 5})]}
            ),
            lambda: january.unlink(),
            lambda: january.copy(),
            lambda: january.action_refresh(),
            lambda: january.action_cancel(),
        ]
        for change in changes:
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        self.assertPays(january, earned=100, payable=100)

    def test_adjustments_need_reason_and_amount(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        for values, message in (
            ({"name": " ", "amount": 5}, "Reason: say what"),
            ({"name": "Nothing", "amount": 0}, "an adjustment of nothing"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                draft.line_ids = [Command.create(values)]
        with self.assertRaisesRegex(UserError, "Only adjustments"):
            draft.line_ids = [
                Command.create({"name": "X", "kind": "reserve_released", "amount": 5})
            ]

    def test_a_draft_can_be_dropped(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        draft.action_cancel()
        self.assertEqual(draft.state, "cancelled")
        again = self.prepare()
        self.assertPays(again, earned=100)
        again.unlink()
        self.assertPays(self.settle(), earned=100)

    def test_only_confirmed_is_paid(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "is not confirmed"):
            draft._mark_paid(date(2026, 2, 1))

    def test_as_many_queries_for_many_entries(self):
        self.sell(1000, paid="2026-01-20")
        self.settle()
        # Two: the ORM spares a query where it creates a single record.
        for _number in range(2):
            self.sell(100, paid="2026-02-20", due="2026-02-28")
        few = self.count_queries("2026-02", "28")
        for _number in range(8):
            self.sell(100, paid="2026-03-20", due="2026-03-31")
        self.assertLessEqual(self.count_queries("2026-03", "31"), few)

    def count_queries(self, month, last):
        self.env.cr.flush()
        self.entries._accrue()
        before = self.env.cr.sql_log_count
        self.settle(month, last=last)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
