from odoo import fields, models


class SaleCollectionObjectionReject(models.TransientModel):
    """Asks why an objection is rejected; the customer who made it reads it."""

    _name = "sale.collection.objection.reject"
    _description = "Reject an objection"

    dispute_id = fields.Many2one("sale.collection.dispute", required=True)
    reason = fields.Text(string="Why", required=True)

    def action_reject(self):
        """Answer the customer and reject the objection."""
        self.ensure_one()
        dispute = self._collection_get_given("dispute_id", "write")
        dispute._reject_objection(self.reason)
        return {"type": "ir.actions.act_window_close"}
