from datetime import timedelta

from odoo import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPay(PortalCommon):
    """Several instalments in one payment: what is taken, and what the ledger says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.third = (
            cls.owe(100, -30),
            cls.owe(50, -10),
            cls.owe(40, 20),
        )
        cls.owed = cls.first + cls.second + cls.third

    def lines(self, *moves):
        return self.env["account.move.line"].concat(
            *(self.receivable_lines(move) for move in moves)
        )

    def get_receipts(self):
        receipts = self.receipts.sudo().search([("move_id", "in", self.owed.ids)])
        return {
            move: sum(rows.mapped("amount"))
            for move, rows in receipts.grouped("move_id").items()
        }

    # === ONE PAYMENT ===#

    def test_several_invoices_in_one_payment(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.first, self.third)))
        self.assertIn("140.00", self.read_texts(page, "to_pay")[0])
        self.assertEqual(len(self.read_texts(page, "chosen_item")), 2)
        payment = self.begin(page)
        self.assertEqual(payment.amount, 140)
        self.assertEqual(payment.invoice_ids, self.first + self.third)
        self.finish(payment)
        self.assertEqual(self.get_open(*self.owed), [0, 50, 0])
        self.assertEqual(self.get_receipts(), {self.first: 100, self.third: 40})
        self.assertEqual(payment.payment_id.amount, 140)
        page = self.open(payment.landing_route)
        self.assertIn("140.00", self.read_texts(page, "paid")[0])
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "open_item")), 1)

    def test_amount_settles_the_oldest_first(self):
        self.login("customer")
        page = self.open(self.choose(amount="120"))
        self.assertEqual(len(self.read_texts(page, "chosen_item")), 2)
        self.assertEqual(len(self.read_texts(page, "part")), 1)
        self.finish(self.begin(page))
        self.assertEqual(self.get_open(*self.owed), [0, 30, 40])
        self.assertEqual(self.get_receipts(), {self.first: 100, self.second: 20})

    def test_part_of_what_was_chosen(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.second, self.third), amount="60"))
        self.finish(self.begin(page))
        self.assertEqual(self.get_open(*self.owed), [100, 0, 30])

    def test_a_later_instalment_of_an_invoice_alone(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": days})
                    for days in (0, 90)
                ],
            }
        )
        invoice = self.create_invoice(
            80,
            date=self.today - timedelta(60),
            due=None,
            invoice_payment_term_id=term.id,
        )
        self.login("customer")
        self.finish(self.begin(self.open(self.choose(self.lines(invoice)[1]))))
        self.assertEqual(self.get_open(invoice), [40, 0])

    def test_never_more_than_is_open(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.second), amount="5000"))
        self.assertIn("50.00", self.read_texts(page, "to_pay")[0])
        # what a client sends as amount is not what is taken
        self.assertEqual(self.begin(page, amount=5000.0).amount, 50)

    def test_what_is_no_amount_pays_all(self):
        self.login("customer")
        for text in ("nan", "-5", "inf", "x", "0"):
            page = self.open(self.choose(self.lines(self.second), amount=text))
            self.assertIn("50.00", self.read_texts(page, "to_pay")[0], text)

    def test_foreign_currency(self):
        euro = self.setup_other_currency("EUR")
        invoice = self.owe(20, -40, currency_id=euro.id)
        self.login("customer")
        self.finish(self.begin(self.open(self.choose(self.lines(invoice)))))
        self.assertEqual(self.get_open(invoice, self.first), [0, 100])

    def test_branch_and_customer_in_one_payment(self):
        branch = self.owe(7, -1, partner=self.branch)
        self.profiles._for(self.branch)
        self.login("customer")
        page = self.open(self.choose(self.lines(self.first, branch)))
        self.finish(self.begin(page))
        self.assertEqual(self.get_open(self.first, branch), [0, 0])

    # === OTHER ENDS ===#

    def test_cancelled_changes_nothing(self):
        self.login("customer")
        payment = self.begin(self.open(self.choose(self.lines(self.first))))
        payment._set_canceled()
        payment._post_process()
        self.assertEqual(self.get_open(*self.owed), [100, 50, 40])
        self.assertFalse(payment.payment_id)
        page = self.open("/my/statement")
        self.assertEqual(self.read_texts(page, "busy"), [])

    def test_pending_keeps_others_out_then_done(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.first)))
        payment = self.begin(page)
        payment._set_pending()
        self.assertEqual(self.get_open(self.first), [100])
        self.assertEqual(len(self.read_texts(self.open("/my/statement"), "busy")), 1)
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.begin(page)
        self.finish(payment)
        self.assertEqual(self.get_open(self.first), [0])

    def test_a_part_is_captured(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.second, self.third)))
        payment = self.begin(page)
        payment._set_pending()
        part = payment._create_child_transaction(60)
        self.finish(part)
        self.assertEqual(self.get_open(*self.owed), [100, 0, 30])
        self.assertEqual(payment.invoice_ids, self.second + self.third)

    def test_announced_transfer_keeps_nobody_out(self):
        self.login("customer")
        payment = self.begin(self.open(self.choose(self.lines(self.first))))
        payment._set_pending()
        lines = self.lines(self.first)
        self.assertEqual(payment._collection_find_busy(lines), lines)
        self.env.cr.execute(
            "UPDATE payment_provider SET code = 'custom' WHERE id = %s",
            self.provider.ids,
        )
        self.env.invalidate_all()
        self.assertFalse(payment._collection_find_busy(lines))

    def test_done_twice_is_booked_once(self):
        self.login("customer")
        payment = self.begin(self.open(self.choose(self.lines(self.first))))
        self.finish(payment)
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            payment._set_done()
        payment._post_process()
        self.assertEqual(self.get_open(*self.owed), [0, 50, 40])
        payments = self.env["account.payment"].search(
            [("payment_transaction_id", "=", payment.id)]
        )
        self.assertEqual(len(payments), 1)

    def test_pay_twice_on_two_screens(self):
        self.login("customer")
        one = self.open(self.choose(self.lines(self.first)))
        two = self.open(self.choose(self.lines(self.first, self.second)))
        self.begin(one)
        with mute_logger("odoo.http"):
            with self.assertRaises(JsonRpcException) as refused:
                self.begin(two)
        self.assertIn("UserError", str(refused.exception))
        self.assertEqual(len(self.first.transaction_ids), 1)

    def test_paid_meanwhile_is_not_taken_again(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.first, self.second)))
        self.pay(self.first, date=self.today)
        self.env.flush_all()
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.begin(page)

    def test_money_that_finds_nothing_open_is_reported(self):
        self.login("customer")
        payment = self.begin(self.open(self.choose(self.lines(self.first))))
        self.pay(self.first, 80, date=self.today)
        self.finish(payment)
        self.assertEqual(self.get_open(*self.owed), [0, 50, 40])
        money = payment.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(money.amount_residual, -80)
        [activity] = self.profile.activity_ids
        self.assertIn("80.00", activity.note)

    def test_two_at_once_wait_for_one_another(self):
        """Both write the row of the customer's lock: the later one is retried."""
        lines = self.lines(self.first).sudo()
        self.env["payment.transaction"]._collection_reserve(lines, 100)
        keys = self.env["sale.collection.lock"].sudo().search([]).mapped("key")
        root = self.company.root_id.id
        self.assertIn(f"{root}:online-payment:{self.customer.id}", keys)

    def test_a_payment_of_core_keeps_us_out(self):
        lines = self.lines(self.first)
        self._create_transaction(
            "direct", invoice_ids=[Command.set(self.first.ids)], state="pending"
        )
        payments = self.env["payment.transaction"]
        self.assertEqual(payments._collection_find_busy(lines), lines)
        self.login("customer")
        self.assertEqual(len(self.read_texts(self.open("/my/statement"), "busy")), 1)

    # === WITHOUT LOGIN ===#

    def test_guest_pays_by_link(self):
        lines = self.lines(self.second)
        path = self.profile._get_pay_link(lines).removeprefix(self.base_url())
        link = path.rpartition("/")[2]
        page = self.open(self.choose(lines, link=link))
        payment = self.finish(self.begin(page))
        self.assertEqual(payment.partner_id, self.customer)
        self.assertEqual(self.get_open(*self.owed), [100, 0, 40])
        page = self.open(payment.landing_route)
        self.assertTrue(page.xpath(f"//a[@href='{path}']"))
        page = self.open(path)
        self.assertEqual(len(self.read_texts(page, "nothing_open")), 1)

    def test_login_pays_by_link_as_itself(self):
        lines = self.lines(self.second)
        link = self.profile._get_pay_link(lines).rpartition("/")[2]
        self.login("other")
        payment = self.begin(self.open(self.choose(lines, link=link)))
        self.assertEqual(payment.partner_id, self.other)
        self.finish(payment)
        self.assertEqual(payment.payment_id.partner_id, self.customer)
        self.assertEqual(self.get_open(*self.owed), [100, 0, 40])

    def test_link_pays_nothing_else(self):
        link = self.profile._get_pay_link(self.lines(self.second)).rpartition("/")[2]
        page = self.open(self.choose(self.lines(self.first), link=link))
        self.assertFalse(page.xpath("//form[@id='o_payment_form']"))
        self.open(self.choose(self.lines(self.first)), status=410)
        self.open(self.choose(self.lines(self.first), link="x"), status=410)

    def test_forged_choice_and_foreign_provider_are_refused(self):
        self.login("customer")
        page = self.open(self.choose(self.lines(self.first)))
        with mute_logger("odoo.http"):
            with self.assertRaises(JsonRpcException):
                self.begin(page, access_token="forged")
            other = self._create_company(name="Elsewhere")
            provider = self.provider.sudo().copy({"company_id": other.id})
            with self.assertRaises(JsonRpcException):
                self.begin(page, provider_id=provider.id)
            with self.assertRaises(JsonRpcException):
                self.begin(page, partner_id=self.other.id)
        self.assertFalse(self.first.transaction_ids)

    def test_result_of_a_payment_is_for_its_payer(self):
        self.login("customer")
        payment = self.begin(self.open(self.choose(self.lines(self.first))))
        self.login("other")
        self.env.flush_all()
        path = f"/my/statement/paid/{payment.id}"
        self.assertEqual(self.url_open(path).status_code, 404)
        self.assertEqual(self.url_open(f"{path}?access_token=x").status_code, 404)

    def test_online_payment_switched_off(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "False"
        )
        self.login("customer")
        page = self.open("/my/statement")
        self.assertFalse(page.xpath("//button[@name='pay']"))
        self.assertTrue(self.read_texts(page, "transfer"))
