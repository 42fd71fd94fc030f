from odoo import Command
from odoo.tests import tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionRefund(CommissionCommon):
    """A refund takes back what its invoice has earned."""

    def refund(self, invoice, amount, date):
        """Return a credit note of a part of an invoice, paid out on a day."""
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": date, "journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(reversal.reverse_moves()["res_id"])
        note.invoice_line_ids[:1].price_unit = amount
        note.action_post()
        self.pay(note, date=date)
        return note

    def test_plan_of_then(self):
        invoice = self.sell(900)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [90.0])
        version = self.plan._make_version(self.plan.date_from.replace(month=3))
        version.rate_ids.percent = 4
        note = self.refund(invoice, 300, "2026-03-10")
        self.assertEqual(self.earned(note), [-30.0])
        self.assertEqual(
            self.entries.search([("move_ref", "=", note.id)]).plan_id, self.plan
        )

    def test_plan_that_was_replaced_altogether(self):
        invoice = self.sell(900)
        self.pay(invoice, date="2026-01-20")
        self.book()
        self.plan._make_version(self.plan.date_from).rate_ids.percent = 4
        note = self.refund(invoice, 300, "2026-03-10")
        self.assertEqual(self.earned(note), [-30.0])

    def test_rate_of_a_new_customer(self):
        self.plan.new_customer_days = 30
        self.plan.rate_ids = [
            Command.clear(),
            Command.create({"percent": 12, "customer": "new"}),
            Command.create({"percent": 3}),
        ]
        invoice = self.sell(500)
        self.pay(invoice, date="2026-01-20")
        note = self.refund(invoice, 500, "2026-06-10")
        self.assertEqual(self.earned(invoice), [60.0])
        self.assertEqual(self.earned(note), [-60.0])

    def test_rep_changed_between_two_halves(self):
        invoice = self.sell(1000)
        self.pay(invoice, 500, "2026-01-20")
        self.book()
        invoice.invoice_user_id = self.other_rep
        self.pay(invoice, 500, "2026-01-21")
        self.book()
        note = self.refund(invoice, 1000, "2026-01-25")
        for rep in (self.rep, self.other_rep):
            self.assertEqual(self.earned(invoice, rep), [50.0])
            self.assertEqual(self.earned(note, rep), [-50.0])

    def test_what_was_credited_decides_by_which_rate(self):
        product = self.env["product.product"].create({"name": "Saw"})
        self.plan.rate_ids = [
            Command.create({"percent": 20, "product_id": product.id, "sequence": 1})
        ]
        self.plan.override_ids = [
            Command.create({"user_id": self.other_rep.id, "percent": 2})
        ]
        invoice = self.sell(300, post=False)
        values = {"price_unit": 600, "tax_ids": [Command.clear()]}
        invoice.invoice_line_ids = [
            Command.create({**values, "product_id": product.id})
        ]
        invoice.action_post()
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(sorted(self.earned(invoice)), [30.0, 120.0])
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": "2026-01-25", "journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(reversal.reverse_moves()["res_id"])
        note.invoice_line_ids.filtered(lambda line: not line.product_id).unlink()
        note.action_post()
        self.pay(note, date="2026-01-25")
        self.assertEqual(self.earned(note), [-120.0])
        self.assertEqual(self.earned(note, self.other_rep), [-12.0])

    def test_refunded_money_bounces_and_comes_late(self):
        invoice = self.sell(200)
        self.pay(invoice, date="2026-01-20")
        note = self.refund(invoice, 200, "2026-01-25")
        moves = invoice | note
        self.assertEqual(sum(self.earned(moves, today="2026-01-26")), 0.0)
        self.receivable_lines(invoice).remove_move_reconcile()
        self.assertEqual(sum(self.earned(moves, today="2026-02-01")), 0.0)
        self.pay(invoice, date="2026-04-20")
        self.assertEqual(sum(self.earned(moves, today="2026-04-20")), 0.0)
        self.assertEqual(sum(self.earned(note)), 0.0)

    def test_settled_refund_follows_its_money(self):
        invoice = self.sell(200)
        self.pay(invoice, date="2026-01-20")
        note = self.refund(invoice, 100, "2026-01-25")
        self.book()
        settlements = self.env["sale.collection.settlement"]
        settlements._prepare(self.rep, "2026-01-01", "2026-01-31").action_confirm()
        self.receivable_lines(invoice).remove_move_reconcile()
        self.assertEqual(sum(self.earned(invoice | note, today="2026-02-01")), 0.0)
        self.pay(invoice, date="2026-03-17")  # judged 40 late: 0.5
        self.assertEqual(sum(self.earned(note, today="2026-03-17")), -5.0)

    def test_audit_finds_a_refund_by_another_rate(self):
        invoice = self.sell(900)
        self.pay(invoice, date="2026-01-20")
        note = self.refund(invoice, 300, "2026-01-25")
        self.book()
        self.env.cr.execute(
            "UPDATE sale_collection_commission_entry SET rate = 4, exact = -12,"
            " amount = -12 WHERE move_ref = %s",
            [note.id],
        )
        self.entries.invalidate_model()
        found = self.entries._audit()
        self.assertEqual([row["difference"] for row in found], ["refund"])


@tagged("post_install", "-at_install")
class TestCommissionRecompute(CommissionCommon):
    """What was corrected since counts for all that is not settled."""

    def recompute(self, expected):
        """Preview and book; expected {rep: change}."""
        dialog = self.env["sale.collection.commission.recompute"].create(
            {"date_from": "2026-01-01"}
        )
        dialog.action_preview()
        lines = dialog.line_ids.grouped("user_id")
        found = {rep: sum(own.mapped("amount_change")) for rep, own in lines.items()}
        self.assertEqual(found, expected)
        dialog.action_apply()
        dialog.action_preview()
        self.assertFalse(dialog.line_ids)

    def test_due_date_moved(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-03-17")  # judged 40 late
        self.assertEqual(self.earned(invoice), [50.0])
        self.agree_on_due(self.receivable_lines(invoice), "2026-03-31")
        self.recompute({self.rep: 50.0})
        self.assertEqual(self.earned(invoice), [50.0, -50.0, 100.0])

    def test_due_date_moved_without_approval(self):
        """Neither before the money comes nor after it does that pay more."""
        before, after = self.sell(1000), self.sell(1000)
        line = self.receivable_lines(before)
        line.date_maturity = "2026-03-31"
        self.pay(before | after, date="2026-03-17", group_payment=False)
        self.receivable_lines(after).date_maturity = "2026-03-31"
        self.assertEqual(self.earned(before), [50.0])
        self.assertEqual(self.earned(after), [50.0])
        self.recompute({})
        self.agree_on_due(self.receivable_lines(after), "2026-04-01")
        self.recompute({self.rep: 50.0})

    def test_worth_by_the_judged_date(self):
        invoice = self.sell(1000)
        outlook = self.env["sale.collection.commission.outlook"]
        self.receivable_lines(invoice).date_maturity = "2026-03-31"
        self.env.flush_all()
        self.cr.precommit.run()
        [[_money, due]] = outlook._collect_open_instalments(self.rep, invoice, None)
        self.assertEqual(str(due), "2026-01-31")

    def test_share_added(self):
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.book()
        self.share(self.other_rep, 40, partner_id=self.customer.id)
        self.recompute({self.rep: -40.0, self.other_rep: 40.0})
        self.assertEqual(sum(self.earned(invoice)), 60.0)
        self.assertEqual(sum(self.earned(invoice, self.other_rep)), 40.0)

    def test_share_added_between_two_payments_and_a_refund(self):
        invoice = self.sell(1000)
        self.pay(invoice, 500, "2026-01-20")
        note = self.credit(invoice, "2026-01-25")
        self.receivable_lines(note).remove_move_reconcile()
        self.pay(note, 100, "2026-01-25")
        moves = invoice | note
        self.assertEqual(sum(self.earned(moves)), 40.0)
        self.share(self.other_rep, 40, partner_id=self.customer.id)
        self.recompute({self.rep: -16.0, self.other_rep: 16.0})
        self.receivable_lines(invoice).remove_move_reconcile()
        self.pay(invoice, 1000, "2026-01-26")
        self.assertEqual(sum(self.earned(moves)), 54.0)
        self.assertEqual(sum(self.earned(moves, self.other_rep)), 36.0)

    def test_salesperson_corrected(self):
        invoice, nobodys = self.sell(1000), self.sell(500)
        nobodys.invoice_user_id = False
        self.pay(invoice, date="2026-01-20")
        self.pay(nobodys, date="2026-01-20")
        self.book()
        (invoice | nobodys).invoice_user_id = self.other_rep
        dialog = self.env["sale.collection.commission.recompute"].create(
            {"date_from": "2026-01-01", "user_ids": self.other_rep.ids}
        )
        dialog.action_preview()
        self.assertEqual(dialog.line_ids.move_id, invoice | nobodys)
        self.recompute({self.rep: -100.0, self.other_rep: 150.0})
        self.assertEqual(sum(self.earned(invoice)), 0.0)
        self.assertEqual(sum(self.earned(invoice | nobodys, self.other_rep)), 150.0)

    def test_settled_money_stays_with_whom_it_was_paid_to(self):
        self.plan.override_ids = [
            Command.create({"user_id": self.other_rep.id, "percent": 2})
        ]
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.book()
        settlements = self.env["sale.collection.settlement"]
        settlements._prepare(self.rep, "2026-01-01", "2026-01-31").action_confirm()
        third = self.rep.copy({"login": "third", "name": "Third"})
        invoice.invoice_user_id = third
        self.recompute({})
        self.assertEqual(self.earned(invoice), [100.0])
        self.assertEqual(self.earned(invoice, third), [])


@tagged("post_install", "-at_install")
class TestCommissionBeforeThePlan(CommissionCommon):
    def test_prepayment_before_the_first_day(self):
        self.plan.date_from = "2026-02-01"
        invoice = self.sell(600, date="2026-02-03", due="2026-02-28")
        payment = self.env["account.payment"].create(
            {
                "amount": 600,
                "date": "2026-01-25",
                "partner_id": self.customer.id,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        lines = self.receivable_lines(invoice | payment.move_id)
        lines.reconcile()
        self.assertEqual(self.earned(invoice), [60.0])

    def test_it_is_listed_and_judged_again(self):
        self.plan.write({"date_from": "2026-02-01", "user_ids": self.other_rep.ids})
        invoice = self.sell(600, date="2026-02-03", due="2026-02-28")
        self.pay(invoice, date="2026-02-03")
        early = self.sell(600, date="2026-02-03", due="2026-02-28")
        entry = self.create_entry(
            [(self.bank_journal.default_account_id, 600), (self.receivable, -600)],
            date="2026-01-25",
        )
        self.match(early, entry)
        self.book()
        gaps = self.env["sale.collection.commission.gap"].search([])
        self.assertEqual(gaps.move_id, invoice | early)
        self.plan.user_ids |= self.rep
        self.assertEqual(self.earned(early), [60.0])
