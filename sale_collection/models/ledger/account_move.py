from odoo import models


class AccountMove(models.Model):
    """Posting and drafting change what reconciliations are worth.

    Due dates of invoices are compared with those of before when they are posted again.
    """

    _inherit = "account.move"

    def write(self, vals):
        state = vals.get("state")
        if state == "draft":
            self.filtered(lambda move: move.state == "posted")._collection_keep_dues()
        reposted = self.browse()
        if state == "posted":
            reposted = self.filtered("posted_before")
        res = super().write(vals)
        # Drafting, re-posting and re-dating leave the reconciliations alone but
        # change what they are worth.
        if not {"state", "date"}.isdisjoint(vals):
            self.sudo().line_ids._collection_touch(with_matched=True)
        reposted._collection_note_posted()
        return res

    def _collection_keep_dues(self):
        """Keep the due dates of posted invoices before they are changed."""
        invoices = self.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )
        if invoices:
            moved = self.env["account.move.line"]._collection_touched()["dues"]
            self.env["sale.collection.schedule"].sudo()._keep(invoices, moved)
        return invoices

    def _collection_note_posted(self):
        """Have the due dates compared before the commit with those kept."""
        if self:
            lines = self.env["account.move.line"]
            lines._collection_note_dues({})
            lines._collection_touched()["reposted"].update(self.ids)
