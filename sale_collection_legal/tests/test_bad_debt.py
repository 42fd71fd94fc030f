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

    def receive(self, amount, date=None):
        """Book money of the customer that is matched with nothing."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": date or self.today,
                "journal_id": self.bank_journal.id,
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
        request.note = "Gone"

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

    def test_told_once(self):
        request = self.write_off()
        self.receive(300)
        told = self.recoveries(request)
        self.touch()
        self.assertEqual(self.recoveries(request), told)

    def test_reopened_once(self):
        request = self.write_off()
        request.with_user(self.second).action_reopen()
        self.assertEqual((request.state, request.amount_recovered), ("reopened", 0))
        self.assertEqual(self.line.collection_residual, 1000)
        with self.assertRaisesRegex(UserError, "Only a bad debt"):
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
        request = self.write_off(self.receivable_lines(invoice))
        self.assertEqual((request.amount, invoice.amount_residual), (500, 0))
        self.receive(100)
        self.assertEqual(request.amount_came, 100)
        request.with_user(self.second).action_reopen()
        self.assertEqual(request.amount_recovered, 100)
