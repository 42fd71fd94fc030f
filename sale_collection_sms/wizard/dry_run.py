from odoo import api, fields, models


class SaleCollectionDryRun(models.TransientModel):
    """What the text messages of a night would cost."""

    _inherit = "sale.collection.dry.run"

    sms_parts = fields.Integer(string="SMS parts", compute="_compute_sms")
    sms_cost = fields.Monetary(
        string="SMS cost",
        compute="_compute_sms",
        help="The parts the texts are sent in, times the price in the settings.",
    )

    @api.depends("line_ids.sms_parts", "company_id")
    def _compute_sms(self):
        for run in self:
            run.sms_parts = sum(run.line_ids.mapped("sms_parts"))
            run.sms_cost = run._get_sms_cost(run.sms_parts)

    def _get_sms_cost(self, parts):
        """Return what so many parts cost, in company currency."""
        company = self.company_id.root_id.sudo()
        return self.currency_id.round(parts * company.collection_sms_price)

    def _prepare_lines(self, messages):
        # EXTENDS
        company = self.company_id.root_id
        cost = self.env["sale.collection.reminder.sms.cost"].sudo()
        parts = cost.with_company(company)._estimate(
            company.sudo(), messages, self.date
        )
        return [
            {**values, "sms_parts": parts.get(number, 0)}
            for number, values in enumerate(super()._prepare_lines(messages))
        ]
