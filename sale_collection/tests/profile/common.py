from odoo import Command

from ..common import CollectionCommon


class OrderCommon(CollectionCommon):
    """Orders, their invoices and their online payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["sale.collection.profile"]
        cls.goods = cls.create_product("Goods", "consu")

    @classmethod
    def create_product(cls, name, kind):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": kind,
                "list_price": 100.0,
                "invoice_policy": "order",
                "taxes_id": [],
                "property_account_income_id": cls.revenue.id,
            }
        )

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return groups | cls.env.ref("sales_team.group_sale_manager")

    @classmethod
    def create_order(
        cls, price=100.0, quantity=1, confirm=True, product=None, **values
    ):
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.goods).id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [],
                        }
                    )
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def bill(cls, order, **values):
        """Return the draft invoice of an order made by core's own dialog."""
        dialog = cls.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "delivered",
                "sale_order_ids": [Command.set(order.ids)],
                **values,
            }
        )
        invoices = dialog._create_invoices(order)
        invoices.invoice_date = "2026-01-01"
        return invoices

    def pay_online(self, order, amount, state, payment=None):
        """Return a transaction of an order in a state, as if a provider had said so."""
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        transaction = (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env.ref(
                        "payment.payment_method_unknown"
                    ).id,
                    "reference": f"{order.name}-{amount}-{state}",
                    "amount": amount,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "sale_order_ids": [Command.set(order.ids)],
                    "payment_id": payment and payment.id,
                }
            )
        )
        # Past the check that the provider can authorise: none is installed.
        self.env.cr.execute(
            "UPDATE payment_transaction SET state = %s WHERE id = %s",
            (state, transaction.id),
        )
        transaction.invalidate_recordset(["state"])
        return transaction
