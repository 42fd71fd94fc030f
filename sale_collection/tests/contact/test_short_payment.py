from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import ContactCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestShortPayment(ContactCommon):
    """Less than was to be paid, marked as fully paid: why, and who may do so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company_data["default_account_expense"]
        cls.requests = cls.env["sale.collection.write.off"]
        cls.boss = cls.new_user(
            "short_boss", "account.group_account_invoice,sale_collection.group_manager"
        )

    def enter(self, amount, kind="tail", invoices=None, user=None, **values):
        """Return the dialog as a client saves it, over RPC."""
        invoices, user = invoices or self.overdue, user or self.accountant
        return (
            self.env["account.payment.register"]
            .with_user(user)
            .with_context(
                active_model="account.move",
                active_ids=invoices.ids,
                allowed_company_ids=user.company_ids.ids,
            )
            .create(
                {
                    "amount": amount,
                    "payment_date": "2026-03-02",
                    "group_payment": True,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": self.expense.id,
                    "collection_short_kind": kind,
                    **values,
                }
            )
        )

    def register(self, *args, **values):
        """Register a payment as a client does, over RPC."""
        self.enter(*args, **values).action_create_payments()
        self.commit()

    def commit(self):
        self.env.flush_all()
        self.cr.precommit.run()
        self.env.invalidate_all()

    def find(self, invoice=None):
        return self.requests.sudo().search(
            [("move_id", "=", (invoice or self.overdue).id)]
        )

    def test_within_the_tolerance(self):
        """0.5 % of 1,000 is 5: dropped by the clerk, and said why."""
        self.register(995)
        self.assertEqual(self.overdue.payment_state, "paid")
        self.assertKinds(self.overdue, {"cash": 995.0, "write_off": 5.0})
        self.assertRecordValues(
            self.find(),
            [
                {
                    "state": "approved",
                    "kind": "tail",
                    "amount": 5,
                    "amount_booked": 5,
                    "user_id": self.accountant.id,
                    "decided_by_id": self.accountant.id,
                    "account_id": self.expense.id,
                    "activity_ids": [],
                }
            ],
        )

    def test_above_the_tolerance(self):
        """A rest of 5.01 stays open, and is asked for."""
        self.register(994.99, "price")
        self.assertEqual(self.overdue.payment_state, "partial")
        self.assertKinds(self.overdue, {"cash": 994.99})
        request = self.find()
        self.assertRecordValues(
            request,
            [
                {
                    "state": "requested",
                    "kind": "price",
                    "amount": 5.01,
                    "user_id": self.accountant.id,
                    "decided_by_id": False,
                    "line_id": self.receivable_lines(self.overdue).id,
                }
            ],
        )
        self.assertEqual(request.activity_ids.user_id, self.controller)
        request.with_user(self.controller).action_approve()
        self.commit()
        self.assertEqual(self.overdue.payment_state, "paid")
        self.assertKinds(self.overdue, {"cash": 994.99, "write_off": 5.01})
        self.assertIn(self.expense, request.entry_id.line_ids.account_id)

    def test_paid_in_part_before_the_approval(self):
        self.register(990)
        request = self.find()
        self.pay(self.overdue, 4, date="2026-03-02")
        request.with_user(self.controller).action_approve()
        self.commit()
        self.assertEqual((request.amount, request.amount_booked), (10, 6))
        self.assertKinds(self.overdue, {"cash": 994, "write_off": 6})

    def test_dropped_before_the_field(self):
        """An upgrade fills in what was booked: by the payment 5, by an approval 6."""
        self.register(995)
        dropped, invoice = self.find(), self.create_invoice(1000)
        self.register(990, invoices=invoice)
        approved = self.find(invoice)
        self.pay(invoice, 4, date="2026-03-02")
        approved.with_user(self.controller).action_approve()
        both = dropped + approved
        self.commit()
        self.cr.execute(
            "UPDATE sale_collection_write_off SET amount_booked = NULL WHERE id IN %s",
            [both._ids],
        )
        both._init_column("amount_booked")
        self.env.invalidate_all()
        self.assertEqual(both.mapped("amount_booked"), [5, 6])

    def test_never_more_than_the_amount(self):
        """0.5 % of 10,000 would be 50; at most 10."""
        invoice = self.create_invoice(10000)
        self.register(9989, invoices=invoice)
        self.assertEqual(self.find(invoice).state, "requested")
        other = self.create_invoice(10000)
        self.register(9990, invoices=other)
        self.assertEqual(self.find(other).state, "approved")

    def test_as_the_company_likes(self):
        self.company.write(
            {"collection_short_percent": 2, "collection_short_amount": 15}
        )
        self.register(985)
        self.assertEqual(self.find().state, "approved")
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            with self.cr.savepoint():
                self.company.collection_short_percent = -1

    def test_much_less(self):
        """700 of 1,000 marked as fully paid: 300 stay open."""
        self.register(700, "dispute")
        self.assertEqual(self.overdue.amount_residual, 300)
        self.assertEqual((self.find().amount, self.find().kind), (300, "dispute"))

    def test_a_manager_may(self):
        self.register(700, "price", user=self.boss)
        self.assertEqual(self.overdue.payment_state, "paid")
        self.assertRecordValues(
            self.find(),
            [{"state": "approved", "amount": 300, "user_id": self.boss.id}],
        )

    def test_says_why(self):
        with self.assertRefused("Why less was paid", UserError):
            self.register(995, False)
        self.assertEqual(self.overdue.payment_state, "not_paid")

    def pay_past_the_dialog(self, amount, user=None, **values):
        """Make a payment with a write-off of the rest of 1,000, as a client can."""
        rest = 1000 - amount
        write_off = {
            "name": "Rest",
            "account_id": self.expense.id,
            "partner_id": self.overdue.partner_id.id,
            "currency_id": self.company.currency_id.id,
            "amount_currency": rest,
            "balance": rest,
        }
        payments = self.env["account.payment"].with_user(user or self.accountant)
        payment = payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.overdue.partner_id.id,
                "amount": amount,
                "date": "2026-03-02",
                "journal_id": self.bank_journal.id,
                **({"write_off_line_vals": [write_off]} | values),
            }
        )
        payment.action_post()
        line = payment._collection_receivable_lines()
        self.overdue.with_user(user or self.accountant).js_assign_outstanding_line(
            line.id
        )
        return payment

    def test_past_the_dialog(self):
        """700 with a write-off of 300: refused, as the dialog leaves it open."""
        with self.assertRefused("writes off .*300.*more than the .*5", UserError):
            self.pay_past_the_dialog(700)
        lines = [
            Command.create({"account_id": account.id, "balance": balance})
            for account, balance in (
                (self.bank_journal.default_account_id, 700),
                (self.receivable, -1000),
                (self.expense, 300),
            )
        ]
        with self.assertRefused("writes off .*300", UserError):
            self.pay_past_the_dialog(700, write_off_line_vals=None, line_ids=lines)
        self.assertEqual(self.overdue.payment_state, "not_paid")

    def test_past_the_dialog_said_to_be_of_a_vendor(self):
        """Whose debt it is, its account says, whichever way the money goes."""
        for amount, rest, way in ((700, "300", "inbound"), (0, "1,000", "outbound")):
            with (
                self.subTest(way=way),
                self.assertRefused(f"writes off .*{rest}.*more than", UserError),
            ):
                self.pay_past_the_dialog(
                    amount,
                    payment_type=way,
                    partner_type="supplier",
                    destination_account_id=self.receivable.id,
                )
        self.assertEqual(self.overdue.payment_state, "not_paid")

    def test_past_the_dialog_through_the_transfer_account(self):
        """What core takes for a counterpart is given up all the same."""
        self.expense = self.company.transfer_account_id
        with self.assertRefused("writes off .*300.*more than the .*5", UserError):
            self.pay_past_the_dialog(700)
        self.assertEqual(self.overdue.payment_state, "not_paid")

    def test_past_the_dialog_as_if_an_expense_were_money(self):
        """What core takes for money is given up all the same."""
        values = {"journal_id": self.bank_journal.id, "amount": 300}
        draft = self.env["account.payment"].with_user(self.accountant)
        draft = draft.create({"partner_id": self.customer.id, **values})
        posted = self.pay_past_the_dialog(300, write_off_line_vals=None)
        self.assertEqual(self.overdue.amount_residual, 700)
        posted.action_draft()
        for payment in (draft, posted):
            with self.assertRefused("writes off .*300.*more than the .*1.5", UserError):
                payment.outstanding_account_id = self.expense
            self.assertNotEqual(payment.outstanding_account_id, self.expense)
        draft.with_user(self.boss).outstanding_account_id = self.expense

    def test_past_the_dialog_with_the_amount_after_the_account(self):
        """Nothing is given up when the account is written, all when it is posted."""
        payment = self.env["account.payment"].with_user(self.accountant)
        values = {"journal_id": self.bank_journal.id, "amount": 0}
        payment = payment.create({"partner_id": self.customer.id, **values})
        payment.outstanding_account_id = self.expense
        with self.assertRefused("writes off .*300.*more than the .*1.5", UserError):
            payment.amount = 300
            payment.action_post()

    def test_past_the_dialog_on_accounts_of_money(self):
        bank = self.bank_journal.default_account_id
        cash = self.company_data["default_journal_cash"].default_account_id
        chart = self.env.ref(
            f"account.{self.company.id}_account_journal_payment_debit_account_id"
        )
        payments = self.env["account.payment"].with_user(self.accountant)
        for account in (bank, cash, chart):
            payment = payments.create(
                {
                    "partner_id": self.customer.id,
                    "journal_id": self.bank_journal.id,
                    "amount": 300,
                }
            )
            payment.outstanding_account_id = account
            payment.action_post()
            amounts = {
                line.account_id: line.balance for line in payment.move_id.line_ids
            }
            self.assertEqual(amounts, {account: 300, self.receivable: -300})

    def give_discount(self, amount, discount, **values):
        """Pay with a discount, as code does that reads it from the invoice."""
        account = self.company.account_journal_early_pay_discount_loss_account_id
        line = {
            "name": "Early payment discount",
            "account_id": account.id,
            "partner_id": self.customer.id,
            "currency_id": self.company.currency_id.id,
            "amount_currency": discount,
            "balance": discount,
        }
        self.pay_past_the_dialog(amount, write_off_line_vals=[line], **values)

    def test_past_the_dialog_an_agreed_discount(self):
        """980 on 1,000 less 2 %: what was agreed on is not given up."""
        self.overdue = self.create_invoice(
            1000,
            "2026-02-25",
            None,
            invoice_payment_term_id=self.create_discount_term().id,
        )
        with self.assertRefused("writes off .*10.00.*more than the .*5", UserError):
            self.give_discount(970, 30)
        with self.assertRefused("writes off .*20.00.*more than the .*5", UserError):
            self.give_discount(980, 20, date="2026-03-09")
        self.give_discount(980, 20)
        self.assertEqual(self.overdue.payment_state, "paid")

    def test_past_the_dialog_a_discount_of_another_invoice(self):
        """200 of 10,000 were agreed on: who pays 100 on 300 gives up 200."""
        self.create_invoice(
            10000,
            "2026-02-25",
            None,
            invoice_payment_term_id=self.create_discount_term().id,
        )
        with self.assertRefused("writes off .*200.00.*more than the .*1.5", UserError):
            self.give_discount(100, 200)

    def test_past_the_dialog_nothing_owed(self):
        """A vendor that pays back less gives up nothing a customer owes."""
        payable = self.company_data["default_account_payable"]
        payments = self.env["account.payment"].with_user(self.accountant)
        payment = payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "supplier",
                "partner_id": self.overdue.partner_id.id,
                "destination_account_id": payable.id,
                "amount": 700,
                "date": "2026-03-02",
                "journal_id": self.bank_journal.id,
                "write_off_line_vals": [
                    {
                        "name": "Rest",
                        "account_id": self.expense.id,
                        "currency_id": self.company.currency_id.id,
                        "amount_currency": 300,
                        "balance": 300,
                    }
                ],
            }
        )
        own = payment.move_id.line_ids.filtered(lambda one: one.account_id == payable)
        self.assertEqual(own.balance, -1000)

    def test_past_the_dialog_with_a_context(self):
        """What says that the dialog has decided is no word that a client knows."""
        clerk = self.accountant
        self.env = self.env(context={"collection_write_off": True})
        with self.assertRefused("writes off", UserError):
            self.pay_past_the_dialog(700, clerk)

    def test_past_the_dialog_within_the_tolerance(self):
        self.pay_past_the_dialog(995)
        self.assertEqual(self.overdue.payment_state, "paid")

    def test_past_the_dialog_a_manager_may(self):
        self.pay_past_the_dialog(700, self.boss)
        self.assertEqual(self.overdue.payment_state, "paid")

    def test_kept_open_asks_nothing(self):
        self.register(700, False, payment_difference_handling="open")
        self.assertFalse(self.find())
        self.register(350, False)
        self.assertFalse(self.find())

    def test_two_invoices_in_one_payment(self):
        """1,500 due, 1,480 paid: the later one keeps 20 open."""
        self.register(1480, invoices=self.overdue + self.later)
        self.assertEqual(self.overdue.payment_state, "paid")
        self.assertEqual(self.find(self.later).amount, 20)
        self.assertFalse(self.find())

    def test_two_payments_of_two_invoices(self):
        """Not grouped, core pays 1,000 and 500 in full, whatever was entered."""
        invoices = self.overdue + self.later
        self.register(1495, invoices=invoices, group_payment=False)
        paid = invoices.matched_payment_ids.mapped("amount")
        self.assertEqual(sorted(paid), [500, 1000])
        self.assertEqual(set(invoices.mapped("payment_state")), {"paid"})
        self.assertFalse(self.find() + self.find(self.later))

    def test_asked_once(self):
        self.register(700)
        self.register(200)
        self.assertEqual(len(self.find()), 1)
        self.assertEqual(self.overdue.amount_residual, 100)

    def test_money_dated_ahead(self):
        self.register(900, payment_date="2026-03-20")
        self.assertEqual(self.find().amount, 100)

    def test_another_currency(self):
        """2 units are worth 1: 990 of 1,000 leave 5, the limit is 0.5 % of 500."""
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self.create_invoice(1000, currency_id=currency.id)
        self.register(990, invoices=invoice, currency_id=currency.id)
        self.assertRecordValues(
            self.find(invoice), [{"state": "requested", "amount": 5}]
        )
        other = self.create_invoice(1000, currency_id=currency.id)
        self.register(995, invoices=other, currency_id=currency.id)
        self.assertRecordValues(
            self.find(other), [{"state": "approved", "amount": 2.5}]
        )

    def pay_in_dollars(self, amount, **values):
        """Pay 1,000 EUR, worth 500 here; the rest is to be one of the rate."""
        invoice = self.create_invoice(1000, currency_id=self.euro.id)
        self.register_in_dollars(invoice, amount, **values)
        return invoice

    def register_in_dollars(self, invoice, amount, **values):
        company = self.company
        self.register(
            amount,
            invoices=invoice,
            currency_id=company.currency_id.id,
            writeoff_account_id=company.expense_currency_exchange_account_id.id,
            **values,
        )

    def test_no_rate_explains_it(self):
        """1 of 500: the account forces the rate in core, even of what is kept open."""
        self.euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        for handling in ("reconcile", "open"):
            with self.subTest(handling=handling):
                invoice = self.pay_in_dollars(1, payment_difference_handling=handling)
                self.assertEqual(invoice.amount_residual, 998)
                self.assertRecordValues(
                    self.find(invoice), [{"state": "requested", "amount": 499}]
                )

    def test_no_rate_explains_it_of_a_draft(self):
        """1 of 500 on an invoice in draft: 998 are open once it is posted."""
        self.euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        for handling in ("reconcile", "open"):
            with self.subTest(handling=handling):
                invoice = self.create_invoice(
                    1000, currency_id=self.euro.id, post=False
                )
                self.register_in_dollars(
                    invoice, 1, kind=False, payment_difference_handling=handling
                )
                invoice.action_post()
                self.commit()
                self.assertEqual(invoice.amount_residual, 998)

    def test_a_rate_may_explain_it(self):
        """495 of 500: within the 5 % that count as a short payment."""
        self.euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self.pay_in_dollars(495, kind=False)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertFalse(self.find(invoice))

    def test_said_to_be_of_a_vendor(self):
        """Whose debt it is, its account says, not what a client writes."""
        dialog = self.enter(700)
        self.env.flush_all()
        dialog.partner_type = "supplier"
        dialog.action_create_payments()
        self.commit()
        self.assertEqual(self.overdue.amount_residual, 300)
        self.assertRecordValues(self.find(), [{"state": "requested", "amount": 300}])

    def test_nobodys_debt(self):
        """An entry without partner: 0.50 of 100 dropped, a habit of nobody."""
        nobody = self.env["res.partner"]
        entry = self.create_entry(
            [(self.receivable, 100, nobody), (self.revenue, -100, nobody)]
        )
        self.register(99.5, invoices=entry)
        self.assertTrue(self.receivable_lines(entry).reconciled)
        self.assertFalse(self.find(entry))

    def test_what_was_decided_stays(self):
        """A bank fee would be no habit of the customer: not said afterwards."""
        self.register(995)
        decided = self.find().with_user(self.rep)
        with self.assertRefused("reason and note", AccessError):
            decided.kind = "fee"
        decided.note = "See the bank statement"
        self.assertEqual(decided.kind, "tail")

    def test_two_companies(self):
        """Each company has a tolerance and an account of its own."""
        data = self.setup_other_company()
        other = data["company"]
        other.collection_short_percent = 5
        self.accountant.company_ids += other
        invoice = self.create_invoice(
            100,
            company_id=other.id,
            journal_id=data["default_journal_sale"].id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": 100,
                        "account_id": data["default_account_revenue"].id,
                        "tax_ids": [],
                    }
                )
            ],
        )
        account = data["default_account_expense"]
        self.register(95, invoices=invoice, writeoff_account_id=account.id)
        self.assertRecordValues(
            self.find(invoice),
            [{"state": "approved", "amount": 5, "company_id": other.id}],
        )
        self.register(994)
        self.assertEqual(self.find().state, "requested")

    def test_in_the_dialog(self):
        dialog = Form(
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=self.overdue.ids)
        )
        dialog.amount = 990
        dialog.payment_difference_handling = "reconcile"
        self.assertTrue(dialog.collection_is_short)
        self.assertIn("10.00", dialog.collection_short_text)
        self.assertIn("5.00", dialog.collection_short_text)
        dialog.amount = 996
        dialog.payment_difference_handling = "reconcile"
        self.assertFalse(dialog.collection_short_text)
        dialog.writeoff_account_id = self.expense
        dialog.collection_short_kind = "fee"
        dialog.save().action_create_payments()
        self.assertEqual(self.find().kind, "fee")

    def test_bank_fees_are_no_habit(self):
        """Both left 5 in 1,000; the bank kept one of them."""
        self.register(995, "fee")
        self.profile._refresh()
        self.assertEqual(self.profile.short_pay_share, 0)
        invoice = self.create_invoice(1000)
        self.register(995, "tail", invoices=invoice)
        self.profile._refresh()
        self.assertEqual(self.profile.short_pay_share, 0.5)

    # === IN BULK ===#

    def make_tails(self):
        """Three invoices of 1,000 with a rest of 4, and one with a rest of 20."""
        invoices = self.env["account.move"].union(
            *(self.create_invoice(1000, invoice_user_id=self.rep.id) for _ in range(4))
        )
        for invoice, amount in zip(invoices, (996, 996, 996, 980), strict=True):
            self.pay(invoice, amount, date="2026-03-01")
        self.commit()
        return self.env["sale.collection.tail"].search(
            [("move_id", "in", invoices.ids)]
        )

    def test_small_tails_in_bulk_by_two(self):
        self.company.collection_write_off_account_id = self.expense
        tails = self.make_tails()
        small = tails.filtered("is_small")
        invoices = small.move_id
        self.assertEqual(len(small), 3)
        with self.assertRefused("within tolerance", UserError):
            tails.with_user(self.rep).action_write_off_small()
        action = small.with_user(self.rep).action_write_off_small()
        requests = self.requests.search(action["domain"])
        self.assertEqual(requests.mapped("amount"), [4, 4, 4])
        self.assertEqual(requests.user_id, self.rep)
        with self.assertRefused("credit controllers", AccessError):
            requests.with_user(self.rep).action_approve()
        requests.with_user(self.controller).action_approve()
        self.commit()
        self.assertEqual(set(invoices.mapped("payment_state")), {"paid"})
        asked = self.make_tails().filtered("is_small")
        action = asked.with_user(self.controller).action_write_off_small()
        with self.assertRefused("yourself", AccessError):
            self.requests.with_user(self.controller).search(
                action["domain"]
            ).action_approve()
