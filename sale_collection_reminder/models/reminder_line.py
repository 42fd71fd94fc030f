from odoo import fields, models

from .reminder import STATES


class SaleCollectionReminderLine(models.Model):
    """An instalment in a reminder, at the step it has reached."""

    _name = "sale.collection.reminder.line"
    _description = "Reminded instalment"
    _order = "due_date, id"
    _rec_name = "line_name"
    _log_access = False

    reminder_id = fields.Many2one(
        "sale.collection.reminder", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="reminder_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(related="line_id.move_id", string="Invoice")
    line_name = fields.Char(string="Document")
    step_id = fields.Many2one(
        "sale.collection.ladder.step", required=True, ondelete="restrict"
    )
    state = fields.Selection(STATES, required=True, default="candidate")
    cycle = fields.Integer(
        required=True,
        default=1,
        help="Rises when the debt was settled and is open again, and on each repeat.",
    )
    start_date = fields.Date(help="What the step was counted from.")
    due_date = fields.Date()
    amount_residual = fields.Monetary(
        string="Open", help="Open on the instalment when last checked."
    )
    amount = fields.Monetary(
        string="Asked for", help="Without what is disputed, promised or credited."
    )
    listed = fields.Boolean(
        string="Only listed", help="Reminded of before, shown again for completeness."
    )
    settled = fields.Boolean(help="The debt was paid in full afterwards.")

    _once = models.UniqueIndex(
        "(line_id, step_id, cycle) WHERE state IN ('ready', 'queued', 'sent') "
        "AND listed IS NOT TRUE",
        "One of these invoices has just been reminded by somebody else. Reload.",
    )
