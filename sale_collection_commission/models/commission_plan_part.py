from odoo import api, fields, models


class SaleCollectionCommissionPlanPart(models.AbstractModel):
    """A line of a commission plan: as fixed as the plan once that has paid."""

    _name = "sale.collection.commission.plan.part"
    _description = "Part of a commission plan"

    plan_id = fields.Many2one("sale.collection.commission.plan", required=True)

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.plan_id._check_unused()
        parts.plan_id._check_bands()
        parts.plan_id._judge_again()
        return parts

    def write(self, vals):
        self.plan_id._check_unused()
        result = super().write(vals)
        if "plan_id" in vals:
            self.plan_id._check_unused()
        self.plan_id._judge_again()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.plan_id._check_unused()
        self.plan_id._judge_again()
