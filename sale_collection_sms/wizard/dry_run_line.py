from odoo import api, fields, models


class SaleCollectionDryRunLine(models.TransientModel):
    """What the text message of a dry run would cost."""

    _inherit = "sale.collection.dry.run.line"

    sms_parts = fields.Integer(
        string="SMS parts",
        readonly=True,
        help="As how many messages it is sent. 0: no SMS, or none that arrives.",
    )
    sms_cost = fields.Monetary(string="SMS cost", compute="_compute_sms_cost")

    @api.depends("sms_parts")
    def _compute_sms_cost(self):
        for line in self:
            line.sms_cost = line.dry_run_id._get_sms_cost(line.sms_parts)
