from odoo import api, fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    collection_held_qty = fields.Float(
        string="Quantity held",
        compute="_compute_collection_held_qty",
        compute_sudo=True,
        digits="Product Unit",
        help="What confirmed orders on hold ask for, outside the forecast.",
        groups="base.group_user",
    )

    @api.depends_context("allowed_company_ids")
    def _compute_collection_held_qty(self):
        held = dict(
            self.env["sale.collection.held.demand"]._read_group(
                [
                    ("product_id", "in", self.ids),
                    ("company_id", "in", self.env.companies.ids),
                ],
                ["product_id"],
                ["quantity:sum"],
            )
        )
        for product in self:
            product.collection_held_qty = held.get(product._origin, 0.0)

    def action_collection_held_demand(self):
        """Open what orders on hold ask of this product."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_stock.held_demand_action"
        )
        return action | {"domain": [("product_id", "in", self.ids)]}
