from odoo import api, fields, models


class SaleCollectionContact(models.Model):
    """A talk may end with money in hand, and tells that a visit took place."""

    _inherit = "sale.collection.contact"

    result = fields.Selection(
        selection_add=[("handed_over", "Payment handed over"), ("will_call_back",)],
        ondelete={"handed_over": lambda own: own.write({"result": "paid_already"})},
    )

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        self.env["sale.collection.visit"]._note_talks(contacts)
        return contacts

    def write(self, vals):
        result = super().write(vals)
        if "date" in vals:
            self.env["sale.collection.visit"]._note_talks(self)
        return result

    def _has_outcome(self):
        return self.result == "handed_over" or super()._has_outcome()
