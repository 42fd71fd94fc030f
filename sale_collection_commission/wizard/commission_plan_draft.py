from odoo import fields, models


class SaleCollectionCommissionPlanVersion(models.TransientModel):
    """A draft takes over from its plan."""

    _inherit = "sale.collection.commission.plan.version"

    source_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft",
        readonly=True,
        ondelete="cascade",
        context={"active_test": False},
    )

    def action_apply(self):
        # OVERRIDE: a draft takes over as it is
        self.ensure_one()
        version = self.plan_id._make_version(self.date_from, self.source_id)
        return version._get_records_action()
