from odoo import api, fields, models


class SaleCollectionContractLine(models.Model):
    """Parts that fall due when a milestone of the project is reached."""

    _inherit = "sale.collection.contract.line"

    milestone_id = fields.Many2one(
        "project.milestone",
        index="btree_not_null",
        ondelete="set null",
        domain="['|', ('sale_line_id.order_id', '=', order_id), "
        "('project_id.sale_order_id', '=', order_id)]",
        help="The part falls due on the day this is reached, and has no date before.",
    )
    date = fields.Date(compute="_compute_date", store=True, readonly=False)

    @api.depends("milestone_id.is_reached", "milestone_id.reached_date")
    def _compute_date(self):
        for line in self:
            # A part without milestone keeps the date it was given.
            milestone = line.milestone_id
            line.date = milestone.reached_date if milestone else line.date

    @api.model
    def _prepare_terms(self, vals):
        # EXTENDS: the date of a part with a milestone is the milestone's alone
        vals = super()._prepare_terms(vals)
        if vals.get("milestone_id"):
            return {name: value for name, value in vals.items() if name != "date"}
        return vals
