from odoo import models


class SaleCollectionProfile(models.Model):
    _inherit = "sale.collection.profile"

    def action_open_timeline(self):
        """Show all that happened between this customer and us about money."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.timeline_action"
        )
        domain = [
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "child_of", self.company_id.id),
        ]
        return {**action, "domain": domain}
