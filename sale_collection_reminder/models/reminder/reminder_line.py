from odoo import api, fields, models

from odoo.addons.sale_collection.models.profile.cover import UNASKED

STATES = [
    ("candidate", "To confirm"),
    ("ready", "Ready"),
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("dropped", "Dropped"),
]
REASONS = [
    ("paid", "Paid"),
    ("written_off", "Written off or credited"),
    ("cancelled", "Cancelled or credited"),
    ("redated", "Due date moved"),
    ("paying", "Payment on its way"),
    ("promised", "Promised"),
    ("disputed", "Disputed"),
    ("snoozed", "Snoozed"),
    *UNASKED,
    ("covered", "Credits cover it"),
    ("bank_line", "An unmatched bank line fits"),
    ("bank_stale", "Bank statement too old"),
    ("no_address", "No address"),
    ("never_sent", "Invoice never sent"),
    ("no_followup", "Excluded from follow-up"),
    ("excluded", "Customer excluded"),
    ("blacklisted", "Address blacklisted"),
    ("below_minimum", "Below the minimum"),
    ("gap", "Reminded a few days ago"),
    ("reply", "A reply waits to be read"),
    ("before_entry", "Due before the plan began"),
    ("manual", "Dropped by hand"),
    ("outdated", "No longer called for"),
    ("bounced", "Mail bounced"),
    ("error", "Error"),
]


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
    invoice_currency_id = fields.Many2one(
        related="line_id.currency_id", string="Invoice currency"
    )
    amount_currency = fields.Monetary(
        string="To pay",
        compute="_compute_amount_currency",
        store=True,
        readonly=False,
        currency_field="invoice_currency_id",
        help="Asked for, in the currency of the invoice.",
    )
    credit_currency = fields.Monetary(
        string="Taken off",
        currency_field="invoice_currency_id",
        help="Payments and credit notes not matched yet, in the currency of the "
        "invoice.",
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

    @api.depends("amount")
    def _compute_amount_currency(self):
        """Convert by what is open, for amounts that are written alone."""
        for part in self:
            item, amount = part.sudo().line_id, part.amount
            open_today = item.collection_residual
            if item.currency_id != part.currency_id and open_today:
                rate = item.collection_residual_currency / open_today
                amount = item.currency_id.round(amount * rate)
            part.amount_currency = amount

    @api.model
    def _mark_settled(self, company, partner_ids=None):
        """Note which reminded debts have been paid since: open again, they start anew.

        :param partner_ids: commercial partners; all when left out
        """
        domain = [
            ("reminder_id.company_id", "=", company.id),
            ("settled", "=", False),
            ("line_id.reconciled", "=", True),
        ]
        if partner_ids is not None:
            domain.append(("reminder_id.partner_id", "in", partner_ids))
        paid = self.search(domain).filtered(
            lambda part: part.line_id.sudo().collection_residual <= 0
        )
        paid.settled = True

    # === AS THE CUSTOMER SEES IT ===#

    def _get_row(self):
        """Return one row of the table of a reminder, as a dict."""
        self.ensure_one()
        item, move = self.line_id, self.line_id.move_id
        day = self.reminder_id.prepared_on or self.reminder_id.date
        late = (day - self.due_date).days if day and self.due_date else 0
        return {
            "name": self.line_name or move.name or "",
            "move": move,
            "reference": move.ref or "",
            "date": move.invoice_date or item.date,
            "due_date": self.due_date,
            "days_late": max(late, 0),
            "amount": self.amount_currency,
            "credit": self.credit_currency,
            "currency": item.currency_id or self.currency_id,
        }
