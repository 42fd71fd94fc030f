from odoo import api, fields, models

from odoo.addons.sale_collection_hold.models.rule.hold_rule import STRENGTHS


class SaleCollectionLadderStep(models.Model):
    """Checks of orders look at reminders only while some step asks for a hold."""

    _inherit = "sale.collection.ladder.step"

    hold_strength = fields.Selection(
        STRENGTHS,
        string="Supply",
        help="What the step asks for until the debt is paid.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        self.env["sale.collection.hold.rule"]._forget_rules()
        return steps

    def write(self, vals):
        result = super().write(vals)
        self.env["sale.collection.hold.rule"]._forget_rules()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["sale.collection.hold.rule"]._forget_rules()
        return result
