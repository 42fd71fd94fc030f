from odoo import models


class SaleCollectionReminderAddressBook(models.AbstractModel):
    """The country decides how a number is read."""

    _inherit = "sale.collection.reminder.address.book"

    def _collect_contacts(self, partner_ids):
        # EXTENDS
        found = super()._collect_contacts(partner_ids)
        self.env["res.partner"].browse(found.ids).fetch(["country_id"])
        return found
