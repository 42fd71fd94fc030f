from odoo import api, fields, models


class SaleCollectionQueue(models.Model):
    """Receivable lines that could not be mirrored at once."""

    _inherit = "sale.collection.queue"

    kind = fields.Selection(
        selection_add=[("line", "Receivable line")], ondelete={"line": "cascade"}
    )

    @api.model
    def _process_line(self, company, ids):
        """Mirror receivable lines."""
        lines = self.env["account.move.line"].browse(ids)
        self.env["sale.collection.receipt"]._sync(lines)
