from odoo import models


class SaleCollectionOpenItem(models.Model):
    _inherit = "sale.collection.open.item"

    def action_hand_over(self):
        """Prepare the hand-over of these instalments to an agency or a court."""
        lines = self._get_one_profile() and self.sudo().line_id
        return self.env["sale.collection.handover"]._open_new(lines)
