from odoo import api, models


class ReportVisitSheet(models.AbstractModel):
    """What the preparation sheet of a visit is printed from."""

    _name = "report.sale_collection_field.visit_sheet"
    _description = "Preparation sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        visits = self.env["sale.collection.visit"].browse(docids)
        visits.check_access("read")
        return {
            "docs": visits,
            "statements": visits.profile_id._collect_statements(),
            "currencies": self.env["res.currency"].browse,
        }
