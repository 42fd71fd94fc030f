from odoo import models

INVOICE_REPORT = "account.account_invoices"


class AccountMove(models.Model):
    """Invoices that go along with a reminder."""

    _inherit = "account.move"

    def _print_for_reminder(self):
        """Return {move id: (file name, PDF)}, printed at once; nothing is stored."""
        if not self:
            return {}
        printer = self.env["ir.actions.report"].sudo()
        content, kind = printer._pre_render_qweb_pdf(INVOICE_REPORT, self.ids)
        pages = printer._get_splitted_report(INVOICE_REPORT, content, kind)
        return {
            move.id: (move._get_invoice_report_filename(), pages[move.id])
            for move in self
            if move.id in pages
        }
