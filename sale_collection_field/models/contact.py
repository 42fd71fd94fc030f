from odoo import fields, models


class SaleCollectionContact(models.Model):
    """A talk may end with money in hand."""

    _inherit = "sale.collection.contact"

    result = fields.Selection(
        selection_add=[("handed_over", "Payment handed over"), ("will_call_back",)],
        ondelete={"handed_over": lambda own: own.write({"result": "paid_already"})},
    )

    def _has_outcome(self):
        return self.result == "handed_over" or super()._has_outcome()
