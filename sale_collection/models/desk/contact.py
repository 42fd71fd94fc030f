from odoo import api, models


class SaleCollectionContact(models.Model):
    """A talk takes its customer off the list of the day, until its next date."""

    _inherit = "sale.collection.contact"

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        if contacts:
            contacts.profile_id._rank_work()
        return contacts

    def write(self, vals):
        result = super().write(vals)
        if self and not {"date", "next_date", "result"}.isdisjoint(vals):
            self.profile_id._rank_work()
        return result
