from datetime import date

from odoo import Command
from odoo.tests import tagged

from .common import OrderCommon

TODAY = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class TestExposure(OrderCommon):
    """How much credit customers use: what they owe and what they have ordered."""

    def facts(self, partner=None, today=TODAY):
        partner = partner or self.customer
        return self.profiles._for(partner)._get_live_facts(today)[partner.id]

    def assertExposure(self, expected, partner=None):
        self.assertEqual(self.facts(partner)["exposure"], expected)

    # === ORDERS AND THEIR INVOICES ===#

    def test_order_counts_once_at_every_step(self):
        order = self.create_order(100, confirm=False)
        self.assertExposure(0.0)
        order.action_confirm()
        self.assertExposure(100.0)
        invoice = self.bill(order)
        self.assertExposure(100.0)
        invoice.action_post()
        self.assertExposure(100.0)
        self.pay(invoice, 100)
        self.assertExposure(0.0)

    def test_down_payment(self):
        order = self.create_order(1000)
        self.assertExposure(1000.0)
        down = self.bill(order, advance_payment_method="fixed", fixed_amount=300)
        self.assertExposure(1000.0)
        down.action_post()
        self.assertExposure(1000.0)
        self.pay(down, 300)
        self.assertExposure(700.0)
        final = self.bill(order)
        self.assertEqual(final.amount_total, 700.0)
        self.assertExposure(700.0)
        final.action_post()
        self.assertExposure(700.0)
        self.pay(final, 700)
        self.assertExposure(0.0)

    def test_nothing_shipped_of_an_order_invoiced_on_delivery(self):
        self.goods.invoice_policy = "delivery"
        self.create_order(1000)
        self.assertExposure(1000.0)

    def test_more_delivered_than_ordered(self):
        order = self.create_order(100, quantity=10)
        order.order_line.sudo().qty_delivered = 12
        self.assertExposure(1200.0)
        invoice = self.bill(order)
        invoice.action_post()
        self.assertExposure(1200.0)

    def test_line_added_by_the_delivery(self):
        order = self.create_order(100)
        order.sudo().order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 0,
                    "qty_delivered": 2,
                    "price_unit": 50,
                    "tax_ids": [],
                }
            )
        ]
        self.assertExposure(200.0)

    def test_tax_included(self):
        tax = self.company_data["default_tax_sale"]
        order = self.create_order(100, confirm=False)
        order.order_line.tax_ids = tax
        order.action_confirm()
        self.assertGreater(order.amount_total, 100)
        self.assertExposure(order.amount_total)
        self.bill(order).action_post()
        self.assertExposure(order.amount_total)

    def test_credit_note_opens_the_order_again(self):
        order = self.create_order(100)
        invoice = self.bill(order)
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": "2026-01-02"}])
        refund.action_post()
        self.assertExposure(100.0)
        order._action_cancel()
        self.assertExposure(0.0)

    def test_one_invoice_over_two_orders(self):
        orders = self.create_order(100) | self.create_order(300)
        self.bill(orders).action_post()
        self.assertExposure(400.0)

    def test_manual_line_on_the_invoice_is_not_the_order(self):
        order = self.create_order(100, quantity=2)
        invoice = self.bill(order)
        invoice.invoice_line_ids.quantity = 1
        invoice.invoice_line_ids = [
            Command.create(
                {
                    "name": "Freight",
                    "price_unit": 40,
                    "account_id": self.revenue.id,
                    "tax_ids": [],
                }
            )
        ]
        invoice.action_post()
        self.assertExposure(240.0)

    def test_cancelled_order_uses_no_credit(self):
        order = self.create_order(100)
        order._action_cancel()
        self.assertExposure(0.0)

    # === WHOSE CREDIT ===#

    def test_invoice_address_decides(self):
        payer = self.env["res.partner"].create({"name": "Payer"})
        branch = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": payer.id, "type": "invoice"}
        )
        self.create_order(100, partner_invoice_id=branch.id)
        self.assertExposure(0.0)
        self.assertExposure(100.0, payer)
        self.assertEqual(self.profiles._for(branch), self.profiles._for(payer))

    def test_other_currency_at_the_rate_of_the_order(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-02-01", 4.0)]
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": currency.id}
        )
        order = self.create_order(
            100,
            confirm=False,
            pricelist_id=pricelist.id,
            date_order="2026-01-10 12:00:00",
        )
        order.order_line.price_unit = 100
        order.with_context(tracking_disable=True).write({"state": "sale"})
        self.assertEqual(order.currency_id, currency)
        self.assertExposure(50.0)
        invoice = self.bill(order)
        invoice.invoice_date = "2026-02-10"
        invoice.action_post()
        self.assertExposure(25.0)

    def test_branches_count_on_the_root_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        here = self.env(
            context={
                **self.env.context,
                "allowed_company_ids": [branch.id, self.company.id],
            }
        )
        order = self.create_order(100, confirm=False).with_env(here)
        order.company_id = branch
        order.action_confirm()
        profile = self.profiles.with_env(here)._for(self.customer)
        self.assertEqual(profile.company_id, self.company)
        self.assertExposure(100.0)

    def test_another_company_has_its_own(self):
        other = self.setup_other_company(name="Other")["company"]
        self.create_invoice(100)
        profile = self.profiles.with_company(other)._for(self.customer)
        self.assertEqual(profile.company_id, other)
        facts = profile._get_live_facts(TODAY)[self.customer.id]
        self.assertEqual(facts["exposure"], 0.0)
        self.assertExposure(100.0)

    # === MONEY PAID ONLINE ===#

    def test_authorised_transaction_frees_credit(self):
        order = self.create_order(1000)
        transaction = self.pay_online(order, 400, "authorized")
        self.assertExposure(600.0)
        transaction.state = "cancel"
        self.assertExposure(1000.0)

    def test_done_transaction_counts_until_its_payment_is_posted(self):
        order = self.create_order(1000)
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 400,
                "date": "2026-01-05",
                "journal_id": self.bank_journal.id,
            }
        )
        self.pay_online(order, 400, "done", payment)
        self.assertExposure(600.0)
        payment.action_post()
        facts = self.facts()
        self.assertEqual(facts["amount_unapplied"], 400.0)
        self.assertEqual(facts["exposure"], 600.0)

    def test_transaction_voided_in_part(self):
        order = self.create_order(1000)
        whole = self.pay_online(order, 400, "authorized")
        whole.copy(
            {
                "reference": "void",
                "amount": 100,
                "source_transaction_id": whole.id,
                "state": "cancel",
                "operation": "online_direct",
            }
        )
        self.assertExposure(700.0)

    def test_transaction_of_two_orders_counts_once(self):
        orders = self.create_order(500) | self.create_order(500)
        transaction = self.pay_online(orders[0], 400, "done")
        transaction.sale_order_ids = orders
        self.assertExposure(600.0)

    # === AVAILABLE CREDIT ===#

    def test_available_credit(self):
        self.company.account_use_credit_limit = True
        self.customer.with_company(self.company).credit_limit = 200
        self.create_invoice(100)
        self.assertEqual(self.facts()["available_credit"], 100.0)
        profile = self.profiles._for(self.customer)
        profile.write(
            {
                "guarantee_amount": 50,
                "temporary_limit": 30,
                "temporary_limit_until": TODAY,
            }
        )
        self.assertEqual(self.facts()["available_credit"], 180.0)
        later = date(2026, 3, 2)
        self.assertEqual(self.facts(today=later)["available_credit"], 150.0)

    def test_no_limit_has_no_available_credit(self):
        self.create_invoice(100)
        self.assertIsNone(self.facts()["available_credit"])
        profile = self.profiles._for(self.customer)
        self.assertEqual(profile.credit_policy, "unlimited")
        profile._refresh(TODAY)
        self.assertIs(profile.available_credit, False)
        self.assertIs(profile.read(["available_credit"])[0]["available_credit"], False)

    def test_prepayment_leaves_nothing(self):
        profile = self.profiles._for(self.customer)
        profile.credit_policy = "prepay"
        self.assertEqual(self.facts()["available_credit"], 0.0)
        self.create_invoice(100)
        self.assertEqual(self.facts()["available_credit"], -100.0)

    def test_first_policy_follows_the_limit(self):
        self.company.account_use_credit_limit = True
        limited, free = self.env["res.partner"].create(
            [{"name": "Limited", "credit_limit": 500}, {"name": "Free"}]
        )
        profiles = self.profiles._for(limited | free)
        policies = {profile.partner_id: profile.credit_policy for profile in profiles}
        self.assertEqual(policies, {limited: "limit", free: "unlimited"})

    def test_default_limit_of_the_company(self):
        self.company.account_use_credit_limit = True
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 300.0, company_id=self.company.id
        )
        facts = self.profiles._get_customer_facts(self.customer, TODAY)
        self.assertEqual(facts[self.customer.id]["available_credit"], 300.0)
        self.assertEqual(self.profiles._for(self.customer).credit_policy, "limit")
        self.assertEqual(self.facts()["available_credit"], 300.0)

    def test_changing_a_limit_shows_at_once(self):
        self.create_invoice(100)
        profile = self.profiles._for(self.customer)
        profile.credit_policy = "limit"
        self.assertEqual(profile.available_credit, -100.0)
        profile.guarantee_amount = 150
        self.assertEqual(profile.available_credit, 50.0)

    # === QUEUE ===#

    def queued(self):
        rows = self.env["sale.collection.queue"].sudo().search([])
        return set(rows.filtered(lambda row: row.kind == "partner").mapped("ref"))

    def test_orders_queue_their_customer(self):
        order = self.create_order(100, confirm=False)
        self.env["sale.collection.queue"].sudo().search([]).unlink()
        order.order_line.price_unit = 90
        self.assertFalse(self.queued(), "a quotation uses no credit")
        order.action_confirm()
        self.assertEqual(self.queued(), {self.customer.id})
        for change in (
            lambda: order.order_line.write({"product_uom_qty": 3}),
            lambda: self.pay_online(order, 10, "draft").write({"state": "done"}),
            lambda: self.customer.write({"credit_limit": 77}),
            lambda: order._action_cancel(),
        ):
            self.env["sale.collection.queue"].sudo().search([]).unlink()
            change()
            self.assertEqual(self.queued(), {self.customer.id})
