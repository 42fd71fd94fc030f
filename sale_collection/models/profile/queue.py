from odoo import api, fields, models


class SaleCollectionQueue(models.Model):
    """Queues touched customers until everything that hangs on them is refreshed."""

    _inherit = "sale.collection.queue"

    kind = fields.Selection(
        selection_add=[("partner", "Customer")], ondelete={"partner": "cascade"}
    )

    @api.model
    def _process_partner(self, company, ids):
        """Refresh all that hangs on these customers in a company."""
        partners = self.env["res.partner"].browse(ids).exists()
        profiles = self.env["sale.collection.profile"].with_company(company)
        profiles._refresh_touched(partners)
