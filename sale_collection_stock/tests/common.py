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
            for line in order.order_line
        ]
