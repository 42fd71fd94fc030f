from odoo import models


class SaleCollectionHistoryImport(models.TransientModel):
    """The customers of an imported file can be graded at once."""

    _inherit = "sale.collection.history.import"

    def action_grade(self):
        """Grade the customers of the file now and list them."""
        self.ensure_one()
        profiles = self.env["sale.collection.profile"].with_company(self.company_id)
        profiles._refresh_touched(self.partner_ids)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_collection.profile_action"
        )
        return {
            **action,
            "domain": [("partner_id", "in", self.partner_ids.ids)],
            # Those that owe nothing too, which the list hides at first.
            "context": {},
            "target": "main",
        }
