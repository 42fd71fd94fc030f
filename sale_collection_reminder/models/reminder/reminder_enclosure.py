from odoo import models
from odoo.exceptions import UserError

# More invoices than these are listed in the statement rather than enclosed.
MAX_INVOICES = 20
INVOICE_REPORT = "account.account_invoices"


class SaleCollectionReminderEnclosure(models.AbstractModel):
    """Print what goes with reminders: statement of account and invoices."""

    _name = "sale.collection.reminder.enclosure"
    _description = "Enclosures of reminders"

    def _print(self, reminders, today=None):
        """Return {reminder id: [(file name, content of the PDF), ...]}.

        Printed in batches: one call for the statements of a language, one for the
        invoices that have no PDF yet. Nothing is stored.
        """
        reminders = reminders.sudo()
        statements = self._print_statements(reminders, today)
        documents = self._print_invoices(reminders)
        found = {}
        for reminder in reminders:
            files = [documents.get(move.id) for move in self._get_moves(reminder)]
            if self._has_statement(reminder):
                files.insert(0, statements.get(reminder.profile_id.id))
            found[reminder.id] = list(filter(None, files))
        return found

    def _get_names(self, reminder):
        """Return what a letter says is enclosed, in the language of its recipient."""
        names = [move.name for move in self._get_moves(reminder)]
        if self._has_statement(reminder):
            lang = reminder.lang or None
            names.insert(0, self.with_context(lang=lang).env._("Statement of account"))
        return names

    def _has_statement(self, reminder):
        step = reminder.step_id
        too_many = len(reminder.line_ids.move_id) > MAX_INVOICES
        return step.attach_statement or (step.attach_invoices and too_many)

    def _get_moves(self, reminder):
        """Return the invoices that are enclosed."""
        moves = reminder.line_ids.move_id
        wanted = reminder.step_id.attach_invoices and len(moves) <= MAX_INVOICES
        return moves.filtered(lambda move: wanted and move.is_sale_document())

    # === PRINT ===#

    def _print_statements(self, reminders, today):
        """Return {profile id: (file name, PDF)} of customers that get a statement."""
        wanted = reminders.filtered(self._has_statement)
        try:
            return wanted.profile_id._render_statement(today)
        except UserError as error:
            self._note_missing(wanted, error)
            return {}

    def _print_invoices(self, reminders):
        """Return {move id: (file name, PDF)} of the invoices that are enclosed.

        The document the customer has had already where there is one.
        """
        moves = reminders.line_ids.move_id.browse()
        moves = moves.union(*map(self._get_moves, reminders))
        kept = moves.filtered("invoice_pdf_report_id")
        found = {
            move.id: (move.invoice_pdf_report_id.name, move.invoice_pdf_report_id.raw)
            for move in kept
        }
        try:
            return found | self._print_moves(moves - kept)
        except UserError as error:
            self._note_missing(reminders, error)
            return found

    def _print_moves(self, moves):
        """Return {move id: (file name, PDF)}, printed at once.

        One by one where the printer cannot take many documents apart.
        """
        if not moves:
            return {}
        try:
            return self._print_together(moves)
        except UserError:
            if len(moves) == 1:
                raise
        found = {}
        for move in moves:
            found |= self._print_together(move)
        return found

    def _print_together(self, moves):
        printer = self.env["ir.actions.report"].sudo()
        content, kind = printer._pre_render_qweb_pdf(INVOICE_REPORT, moves.ids)
        pages = printer._get_splitted_report(INVOICE_REPORT, content, kind)
        return {
            move.id: (move._get_invoice_report_filename(), pages[move.id])
            for move in moves
            if move.id in pages
        }

    def _note_missing(self, reminders, error):
        """Say on reminders that they go without their PDFs, and why."""
        note = self.env._("Without PDFs: %(error)s", error=error)
        reminders.write({"note": note})
