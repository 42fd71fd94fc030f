from odoo import fields, models


class SaleCollectionExtensionReject(models.TransientModel):
    """Asks why extensions are rejected; whoever asked for them is told."""

    _name = "sale.collection.extension.reject"
    _description = "Reject extensions"

    extension_ids = fields.Many2many("sale.collection.extension", required=True)
    reason = fields.Text(string="Why", required=True)

    def action_reject(self):
        """Reject them; a date moved without asking is put back."""
        self.ensure_one()
        return self._collection_get_given("extension_ids").action_reject(self.reason)
