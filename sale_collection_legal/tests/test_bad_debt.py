from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LegalCommon


@tagged("post_install", "-at_install")
class TestBadDebt(LegalCommon):
    """A bad debt is written off by two people and reopened when money comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company_data["default_account_expense"]
        cls.bad = cls.expense.copy({"code": "698000", "name": "Bad debts"})
        cls.company.collection_write_off_account_id = cls.expense
        cls.company.collection_bad_debt_account_id = cls.bad

    def ask(self, line=None, user=None, **values):
        values = {"note": "Insolvent", "kind": "bad_debt", **values}
        values["line_id"] = (line or self.line).id
        return self.requests.with_user(user or self.collector).create(values)

    def write_off(self, line=None):
        request = self.ask(line)
        request.with_user(self.controller).action_approve()
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.requests.browse(request.id)

    def receive(self, amount, date=None, **values):
        """Book money of the customer that is matched with nothing."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": date or self.today,
                "journal_id": self.bank_journal.id,
                **values,
            }
        )
        payment.action_post()
        self.touch()
        return payment

    def recoveries(self, request):
        kind = self.env.ref("sale_collection_legal.activity_recovery")
        return request.activity_ids.filtered(lambda one: one.activity_type_id == kind)

    # === ASK AND APPROVE ===#

    def test_two_people(self):
        request = self.ask(user=self.controller)
        self.assertEqual((request.state, request.amount), ("requested", 1000))
        with self.assertRaisesRegex(AccessError, "yourself"):
            request.with_user(self.controller).action_approve()
        request.with_user(self.second).action_approve()
        self.env.cr.flush()
        self.assertEqual(
            (request.state, self.invoice.payment_state), ("approved", "paid")
        )
        self.assertEqual(request.decided_by_id, self.second)
        self.assertKinds(self.invoice, {"write_off": 1000})
        booked = request.entry_id.line_ids.filtered(
            lambda line: line.account_id == self.bad
        )
        self.assertEqual(booked.balance, 1000)

    def test_alone_is_not_enough(self):
        """A rest may be approved by the only controller; a bad debt may not."""
        self.patch(
            self.registry["res.company"],
            "_get_collection_controller_domain",
            lambda company: [("id", "=", self.controller.id)],
        )
        request = self.ask(user=self.controller)
        with self.assertRaisesRegex(AccessError, "second person"):
            request.with_user(self.controller).action_approve()

    def test_who_approves(self):
        request = self.ask()
        with self.assertRaises(AccessError):
            request.with_user(self.collector).action_approve()

    def test_without_an_account_of_its_own(self):
        self.company.collection_bad_debt_account_id = False
        request = self.write_off()
        self.assertIn(self.expense, request.entry_id.line_ids.account_id)

    def test_what_is_no_bad_debt(self):
        with self.assertRaisesRegex(UserError, "say why"):
            self.ask(note=" ")
        young = self.receivable_lines(self.create_invoice(9, self.today, self.day(9)))
        with self.assertRaisesRegex(UserError, "open and overdue"):
            self.ask(young)
        with self.assertRaisesRegex(UserError, "short payment leaves"):
            self.ask(kind="tail")

    def test_kinds_are_not_exchanged(self):
        request = self.ask()
        with self.assertRaisesRegex(UserError, "ask anew"):
            request.kind = "tail"

    def test_the_reason_stays(self):
        request = self.ask()
        price = self.env.ref("sale_collection.reason_price_difference")
        for note in ("", "Customer is our friend"):
            with self.assertRaisesRegex(AccessError, "Why: .* ask anew"):
                request.note = note
        with self.assertRaisesRegex(AccessError, "Why: "):
            request.reason_id = price
        request.with_user(self.controller).action_approve()
        for user in (self.collector, self.controller, self.accountant):
            with self.assertRaises(AccessError):
                request.with_user(user).note = ""
        self.assertEqual(request.note, "Insolvent")

    def test_of_a_rest_the_reason_may_change(self):
        self.pay(self.invoice, 999, date=self.today)
        request = self.ask(kind="tail")
        request.note = "Not worth a call"
        self.assertEqual(request.note, "Not worth a call")

    # === WHAT IS BOOKED ===#

    def test_paid_in_part_before_the_approval(self):
        request = self.ask()
        self.pay(self.invoice, 400, date=self.today)
        request.with_user(self.controller).action_approve()
        self.env.cr.flush()
        self.assertEqual((request.amount, request.amount_booked), (1000, 600))
        self.assertKinds(self.invoice, {"cash": 400, "write_off": 600})
        self.receive(1000)
        self.assertEqual(request.amount_came, 600)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 600)
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_money_on_its_way_is_not_written_off(self):
        request = self.ask()
        self.pay(self.invoice, 300, date=self.day(5))
        request.with_user(self.controller).action_approve()
        self.env.cr.flush()
        self.assertEqual(request.amount_booked, 700)
        [credit] = request.entry_id.line_ids.filtered("credit")
        self.assertEqual(credit.amount_residual, 0)

    def test_from_a_hand_over(self):
        handover = self.hand_over(result="Nothing to get")
        handover.action_close()
        action = handover.action_write_off()
        request = self.requests.search(action["domain"])
        self.assertRecordValues(
            request,
            [
                {
                    "kind": "bad_debt",
                    "amount": 1000,
                    "note": "Nothing to get",
                    "user_id": self.collector.id,
                }
            ],
        )
        again = handover.action_write_off()
        self.assertEqual(self.requests.search(again["domain"]), request)

    # === MONEY COMES ===#

    def test_money_reopens_it(self):
        request = self.write_off()
        self.receive(300)
        self.assertEqual(request.amount_came, 300)
        self.assertEqual(self.recoveries(request).user_id, self.controller)
        with self.assertRaisesRegex(AccessError, "accountants"):
            request.with_user(self.collector).action_reopen()
        request.with_user(self.accountant).action_reopen()
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertRecordValues(
            request,
            [{"state": "reopened", "amount_came": 0, "amount_recovered": 300}],
        )
        self.assertFalse(self.recoveries(request))
        self.assertEqual(self.line.collection_residual, 700)
        self.assertKinds(self.invoice, {"cash": 300})
        self.assertEqual(request.entry_id.reversal_move_ids.state, "posted")
        rest = self.write_off()
        self.assertEqual((rest.amount, self.invoice.payment_state), (700, "paid"))

    def test_all_of_it(self):
        request = self.write_off()
        self.receive(1200)
        self.assertEqual(request.amount_came, 1000)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 1000)
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_the_oldest_first(self):
        other = self.create_invoice(400, self.day(-90), self.day(-60))
        first, second = self.write_off(), self.write_off(self.receivable_lines(other))
        self.receive(1100)
        self.assertEqual((first.amount_came, second.amount_came), (1000, 100))

    def test_money_used_otherwise(self):
        request = self.write_off()
        payment = self.receive(300)
        self.assertEqual(request.amount_came, 300)
        other = self.create_invoice(300, self.day(-9), self.day(-2))
        self.match(payment.move_id, other)
        self.touch()
        self.assertEqual(request.amount_came, 0)
        self.assertFalse(self.recoveries(request))

    def test_written_off_before_the_field(self):
        """Approved before an upgrade: 600 of 1,000 were booked, 300 come after it."""
        request = self.ask()
        self.pay(self.invoice, 400, date=self.today)
        request.with_user(self.controller).action_approve()
        rejected = self.ask(
            self.receivable_lines(
                self.create_invoice(200, self.day(-90), self.day(-60))
            )
        )
        rejected.with_user(self.controller).action_reject()
        self.env.flush_all()
        self.cr.execute(
            "UPDATE sale_collection_write_off SET amount_booked = NULL WHERE id IN %s",
            [(request.id, rejected.id)],
        )
        request._init_column("amount_booked")
        self.env.invalidate_all()
        self.assertEqual((request.amount_booked, rejected.amount_booked), (600, 0))
        self.receive(300)
        self.assertEqual(request.amount_came, 300)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 300)

    def test_told_once(self):
        request = self.write_off()
        self.receive(300)
        told = self.recoveries(request)
        self.touch()
        self.assertEqual(self.recoveries(request), told)

    def test_reopened_once(self):
        request = self.write_off()
        self.receive(300)
        request.with_user(self.second).action_reopen()
        with self.assertRaisesRegex(UserError, "Only a bad debt"):
            request.with_user(self.second).action_reopen()

    def test_nothing_to_reopen_it_with(self):
        request = self.write_off()
        message = f"Customer .* {self.invoice.name}.*Register the payment"
        with self.assertRaisesRegex(UserError, message):
            request.with_user(self.second).action_reopen()
        self.assertEqual(
            (request.state, self.line.collection_residual), ("approved", 0)
        )

    def test_a_credit_note_is_no_money(self):
        request = self.write_off()
        self.create_invoice(300, self.today, self.today, move_type="out_refund")
        self.touch()
        self.assertEqual(request.amount_came, 0)
        with self.assertRaisesRegex(UserError, "Register the payment"):
            request.with_user(self.second).action_reopen()
        self.receive(100)
        self.assertEqual(request.amount_came, 100)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 100)
        self.assertKinds(self.invoice, {"cash": 100})

    def test_what_a_write_off_leaves_is_no_money(self):
        """An invoice is changed after its debt was written off: the entry is free."""
        other = self.create_invoice(400, self.day(-90), self.day(-60))
        first, second = self.write_off(), self.write_off(self.receivable_lines(other))
        other.button_draft()
        other.invoice_line_ids.price_unit = 100
        other.action_post()
        self.touch()
        [free] = second.entry_id.line_ids.filtered("credit")
        self.assertEqual(free.amount_residual, -400)
        self.assertEqual((first.amount_came, second.amount_came), (0, 0))

    def test_money_on_another_account(self):
        request = self.write_off()
        account = self.line.account_id.copy({"code": "121999"})
        self.receive(300, destination_account_id=account.id)
        self.assertEqual(request.amount_came, 0)
        self.receive(200)
        self.assertEqual(request.amount_came, 200)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 200)

    def create_branch(self):
        """Return a branch, and its journals of sales and entries."""
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.sudo().company_ids |= branch
        (self.collector | self.controller).company_ids |= branch
        receivable = self.line.account_id
        customer = self.customer.sudo().with_company(branch)
        customer.property_account_receivable_id = receivable
        journals = self.env["account.journal"].sudo()
        sales, general = journals.create(
            [
                {
                    "name": f"Branch {kind}",
                    "code": f"B{kind[:3].upper()}",
                    "type": kind,
                    "company_id": branch.id,
                    "default_account_id": self.revenue.id,
                }
                for kind in ("sale", "general")
            ]
        )
        return branch, sales, general

    def receive_there(self, amount, journal):
        """Book money of the customer in a branch."""
        bank = self.bank_journal.default_account_id
        lines = [
            (bank, amount, self.customer),
            (self.line.account_id, -amount, self.customer),
        ]
        self.create_entry(lines, self.today, journal_id=journal.id)
        self.touch()

    def test_money_of_a_branch(self):
        """A debt of the company is not settled by it, one of the branch is."""
        branch, sales, general = self.create_branch()
        request = self.write_off()
        self.receive_there(300, general)
        self.assertEqual(request.amount_came, 0)
        with self.assertRaisesRegex(UserError, "Register the payment"):
            request.with_user(self.second).action_reopen()
        invoice = self.create_invoice(
            500, self.day(-60), self.day(-30), journal_id=sales.id
        )
        debt = self.write_off(self.receivable_lines(invoice))
        self.touch()
        self.assertEqual((debt.company_id, debt.amount_came), (self.company, 300))
        self.assertEqual(debt.entry_id.company_id, branch)
        debt.with_user(self.second).action_reopen()
        self.assertEqual(debt.amount_recovered, 300)
        self.assertEqual(self.receivable_lines(invoice).collection_residual, 200)

    def test_while_another_company_is_open(self):
        """Approved and reopened by people who look at another company first."""
        other = self.setup_other_company()["company"]
        (self.controller | self.second).company_ids |= other
        both = {"allowed_company_ids": [other.id, self.company.id]}
        request = self.ask()
        request.with_user(self.controller).with_context(**both).action_approve()
        self.env.cr.flush()
        request = self.requests.browse(request.id)
        self.assertEqual(request.entry_id.company_id, self.company)
        self.assertIn(self.bad, request.entry_id.line_ids.account_id)
        self.receive(300)
        request.with_user(self.second).with_context(**both).action_reopen()
        self.assertEqual(request.amount_recovered, 300)
        reversal = request.entry_id.reversal_move_ids
        self.assertEqual(reversal.company_id, self.company)

    def test_settled_otherwise_in_accounting(self):
        request = self.write_off()
        self.line.remove_move_reconcile()
        self.receive(300)
        self.assertEqual(request.amount_came, 0)
        with self.assertRaisesRegex(UserError, "changed in accounting"):
            request.with_user(self.second).action_reopen()

    def test_undone_in_accounting(self):
        request = self.write_off()
        request.entry_id.button_draft()
        with self.assertRaisesRegex(UserError, "changed in accounting"):
            request.with_user(self.second).action_reopen()

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        invoice = self.create_invoice(
            1000, self.day(-60), self.day(-30), currency_id=currency.id
        )
        request = self.ask(self.receivable_lines(invoice))
        self.pay(invoice, 400, date=self.today, currency_id=currency.id)
        request.with_user(self.controller).action_approve()
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual((request.amount, request.amount_booked), (500, 300))
        self.assertEqual(invoice.amount_residual, 0)
        self.receive(100)
        self.assertEqual(request.amount_came, 100)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 100)
