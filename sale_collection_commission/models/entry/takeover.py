from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sale_collection.models.desk.takeover import Part


class SaleCollectionTakeover(models.Model):
    """Shares of what is invoiced from now on are the successor's.

    The claims on posted invoices stay with whoever had them.
    """

    _inherit = "sale.collection.takeover"

    @api.model
    def _get_parts(self, company, leaver):
        # EXTENDS
        parts = super()._get_parts(company, leaver)
        contacts = self._get_contacts_domain(company, leaver)
        orders, drafts = parts["order"].domain, parts["draft_invoice"].domain
        share = Part(
            self.env._("Shares of commission to come"),
            "sale.collection.commission.share",
            Domain("partner_id", "any", contacts)
            | Domain("order_id", "any", orders)
            | Domain("order_line_id.order_id", "any", orders)
            | Domain("move_line_id.move_id", "any", drafts),
            customers=lambda shares: [self._get_share_customer(one) for one in shares],
        )
        return {**parts, "share": share}

    @api.model
    def _get_share_customer(self, share):
        """Return the contact a share is earned on."""
        order = share.order_id or share.order_line_id.order_id
        return share.partner_id or order.partner_id or share.move_line_id.partner_id
