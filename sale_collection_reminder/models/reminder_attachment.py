from odoo import models
from odoo.exceptions import UserError

# More invoices than these are listed in the statement rather than attached.
MAX_INVOICES = 20


class SaleCollectionReminder(models.Model):
    """What goes with a reminder: statement of account and invoices as PDF."""

    _inherit = "sale.collection.reminder"

    def _collect_attachments(self, today=None):
        """Return {reminder id: [(file name, content of the PDF), ...]}.

        Printed in batches: one call for the statements of a language, one for the
        invoices that have no PDF yet.
        """
        found = {reminder.id: [] for reminder in self}
        statements = self._print_statements(today)
        documents = self._print_invoices()
        for reminder in self.sudo():
            if reminder.profile_id.id in statements and reminder._wants_statement():
                found[reminder.id].append(statements[reminder.profile_id.id])
            for move in reminder._get_attached_moves():
                if move.id in documents:
                    found[reminder.id].append(documents[move.id])
        return found

    def _wants_statement(self):
        step = self.step_id
        too_many = len(self.line_ids.move_id) > MAX_INVOICES
        return step.attach_statement or (step.attach_invoices and too_many)

    def _get_attached_moves(self):
        moves = self.line_ids.move_id
        wanted = self.step_id.attach_invoices and len(moves) <= MAX_INVOICES
        return moves.filtered(lambda move: wanted and move.is_sale_document())

    def _get_enclosures(self):
        """Return what a letter says is enclosed, in the language of its recipient."""
        self = self.with_context(lang=self.lang or None)
        names = [move.name for move in self._get_attached_moves()]
        if self._wants_statement():
            names.insert(0, self.env._("Statement of account"))
        return names

    # === PRINT ===#

    def _print_statements(self, today):
        """Return {profile id: (file name, PDF)} of those who get a statement."""
        wanted = self.sudo().filtered(lambda one: one._wants_statement())
        try:
            return wanted.profile_id._render_statement(today)
        except UserError as error:
            wanted._note_missing(error)
            return {}

    def _print_invoices(self):
        """Return {move id: (file name, PDF)} of the invoices that go along.

        The document the customer has had already where there is one.
        """
        moves = self.env["account.move"].sudo()
        for reminder in self.sudo():
            moves |= reminder._get_attached_moves()
        kept = moves.filtered("invoice_pdf_report_id")
        found = {
            move.id: (move.invoice_pdf_report_id.name, move.invoice_pdf_report_id.raw)
            for move in kept
        }
        try:
            return found | (moves - kept)._print_for_reminder()
        except UserError as error:
            self._note_missing(error)
            return found

    def _note_missing(self, error):
        """Say on reminders that they go without their PDFs, and why."""
        note = self.env._("Without PDFs: %(error)s", error=error)
        self.sudo().write({"note": note})
