from odoo import models

from odoo.addons.sale_collection.tools.window import open_dialog


class SaleCollectionOpenItem(models.Model):
    """A link by which a customer pays the ticked instalments without login."""

    _inherit = "sale.collection.open.item"

    def action_link_to_pay(self):
        """Show the link: core's own pays one invoice, this one any instalments."""
        self.check_access("read")
        profile = self._get_one_profile()
        return open_dialog(
            self.env._("Payment link"),
            "sale.collection.pay.link",
            default_profile_id=profile.id,
            default_line_ids=self.line_id.ids,
        )
