from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    collection_held_qty = fields.Float(
        string="Quantity held",
        compute="_compute_collection_held_qty",
        digits="Product Unit",
        help="What confirmed orders on hold ask for, outside the forecast.",
        groups="base.group_user",
    )

    @api.depends_context("allowed_company_ids")
    @api.depends("product_variant_ids")
    def _compute_collection_held_qty(self):
        for template in self:
            variants = template.with_context(active_test=False).product_variant_ids
            template.collection_held_qty = sum(variants.mapped("collection_held_qty"))

    def action_collection_held_demand(self):
        """Open what orders on hold ask of this product."""
        variants = self.with_context(active_test=False).product_variant_ids
        return variants.action_collection_held_demand()
