from odoo import Command

from odoo.addons.sale_collection.tests.common import CollectionCommon


class SupplyCommon(CollectionCommon):
    """Storable goods, orders, and holds put on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.goods, cls.other = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "is_storable": True,
                    "list_price": price,
                    "taxes_id": [],
                    "invoice_policy": policy,
                }
                for name, price, policy in (
                    ("Goods", 10.0, "delivery"),
                    ("Other", 20.0, "order"),
                )
            ]
        )
        for product in cls.goods + cls.other:
            cls.stock_up(product, 1000)

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return (
            groups
            | cls.env.ref("stock.group_stock_manager")
            | cls.env.ref("sales_team.group_sale_manager")
        )

    @classmethod
    def stock_up(cls, product, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def create_order(cls, *lines, confirm=True, partner=None, **values):
        """Return an order of (product, quantity) pairs."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "warehouse_id": cls.warehouse.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def launched(cls, order):
        """Return the quantities launched, by line."""
        return [
            sum(
                line.move_ids.filtered(
                    lambda move: (
                        move.state != "cancel"
                        and move.location_dest_id.usage == "customer"
                    )
                ).mapped("product_uom_qty")
            )
            for line in order.order_line.filtered("product_id")
        ]

    # === HOLDS ===#

    @classmethod
    def create_rule(cls, strength="hold", code="overdue_days", over=10, **values):
        """Return a rule of this company that holds when `code` is over a value."""
        return cls.env["sale.collection.hold.rule"].create(
            {
                "name": f"Rule on {code}",
                "company_id": cls.company.id,
                "strength": strength,
                "condition_ids": [Command.create({"code": code, "threshold": over})],
                **values,
            }
        )

    @classmethod
    def set_limit(cls, amount, partner=None):
        """Give a customer this credit."""
        partner = partner or cls.customer
        partner.write({"use_partner_credit_limit": True, "credit_limit": amount})
        profile = cls.env["sale.collection.profile"]._for(partner)
        profile.credit_policy = "limit"

    @classmethod
    def owe(cls, amount=500.0, partner=None):
        """Return an invoice that is long overdue."""
        return cls.create_invoice(amount, "2026-01-01", "2026-01-31", partner)

    def assertHeld(self, order, *quantities):
        """Assert what waits, by line."""
        self.env.flush_all()
        self.env["sale.collection.held.demand"].invalidate_model()
        lines = order.order_line.filtered("product_id")
        self.assertEqual(lines.mapped("collection_held_qty"), [*quantities])
        rows = self.env["sale.collection.held.demand"].search(
            [("order_id", "=", order.id)]
        )
        expected = {
            line.product_id: quantity
            for line, quantity in zip(lines, quantities, strict=True)
            if quantity
        }
        self.assertEqual({row.product_id: row.quantity for row in rows}, expected)
