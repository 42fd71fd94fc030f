from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("cash", "Money"),
    ("credit_note", "Credit note"),
    ("discount", "Early-payment discount"),
    ("write_off", "Write-off"),
    ("exchange", "Exchange difference"),
    ("other", "Other"),
]


LATENESS = [
    ("0_on_time", "On time"),
    ("1_to_30", "1-30 days late"),
    ("2_to_60", "31-60 days late"),
    ("3_to_90", "61-90 days late"),
    ("4_over_90", "Over 90 days late"),
]


class SaleCollectionReceipt(models.Model):
    """One allocation of money, or of what replaces it, to one instalment.

    The mirror of the reconciliations of customer receivables: append-only,
    written by `_sync` alone. Positive amounts mean that the debt went down.
    """

    _name = "sale.collection.receipt"
    _inherit = ["sale.collection.append.only"]
    _description = "Collected money"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "move_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null", index=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    counterpart_line_id = fields.Many2one(
        "account.move.line",
        string="Paid by",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # The same three as plain numbers: accounting deletes receivable lines, and
    # the ledger must still know which ones a row spoke of.
    move_ref = fields.Integer(readonly=True, export_string_translation=False)
    line_ref = fields.Integer(
        required=True, readonly=True, index=True, export_string_translation=False
    )
    counterpart_ref = fields.Integer(
        required=True, readonly=True, export_string_translation=False
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date = fields.Date(
        required=True, readonly=True, help="Day of the money, not of the matching."
    )
    booked_at = fields.Datetime(
        required=True, readonly=True, index=True, help="When it became known here."
    )
    due_date = fields.Date(readonly=True)
    days_late = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="Days from the due date, moved to the next working day, to the money. "
        "Negative when paid early. Never recomputed.",
    )
    amount = fields.Monetary(
        required=True, readonly=True, currency_field="company_currency_id"
    )
    amount_currency = fields.Monetary(
        string="Amount in invoice currency", required=True, readonly=True
    )
    currency_id = fields.Many2one(
        "res.currency", string="Invoice currency", required=True, readonly=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales team", readonly=True, ondelete="set null"
    )
    reversal_of_id = fields.Many2one(
        "sale.collection.receipt", string="Undoes", readonly=True, ondelete="restrict"
    )
    # How many times this very row has been booked before it: two sessions that
    # append the same missing row collide here instead of doubling the money.
    occurrence = fields.Integer(
        required=True, readonly=True, default=1, export_string_translation=False
    )

    lateness = fields.Selection(LATENESS, compute="_compute_lateness")
    counterpart_text = fields.Char(
        string="Paid with",
        compute="_compute_counterpart",
        help="Number and reference of the payment, bank line or credit note.",
    )
    can_open_counterpart = fields.Boolean(
        compute="_compute_counterpart", export_string_translation=False
    )

    _identity = models.UniqueIndex(
        "(line_ref, counterpart_ref, kind, date, amount, amount_currency, "
        "currency_id, occurrence) WHERE reversal_of_id IS NULL",
        "This money is already in the ledger.",
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "A row of the ledger is undone once.",
    )

    # === COMPUTE ===#

    @api.depends("days_late")
    def _compute_lateness(self):
        bounds = ((0, 0), (30, 1), (60, 2), (90, 3))
        for row in self:
            index = next((i for bound, i in bounds if row.days_late <= bound), 4)
            row.lateness = LATENESS[index][0]

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists and pivots group by the band of lateness."""
        if field_expr != "lateness":
            return super()._field_to_sql(alias, field_expr, query)
        days = self._field_to_sql(alias, "days_late", query)
        return SQL(
            """CASE WHEN %(days)s > 90 THEN '4_over_90'
                    WHEN %(days)s > 60 THEN '3_to_90'
                    WHEN %(days)s > 30 THEN '2_to_60'
                    WHEN %(days)s > 0 THEN '1_to_30'
                    ELSE '0_on_time' END""",
            days=days,
        )

    @api.depends("counterpart_line_id")
    def _compute_counterpart(self):
        readable = self.counterpart_line_id.move_id._filtered_access("read")
        for row in self:
            # A salesperson may know by what the customer paid, not open it.
            entry = row.sudo().counterpart_line_id.move_id
            reference = entry.origin_payment_id.memo or entry.ref
            row.counterpart_text = " ".join(filter(None, [entry.name, reference]))
            row.can_open_counterpart = row.counterpart_line_id.move_id in readable

    # === CRUD ===#

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "Collected money follows the accounting entries and cannot be edited. "
            "Correct the payment or its matching instead."
        )

    # === ACTIONS ===#

    def action_open_invoice(self):
        """Open the invoice, or the entry, this money settled."""
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))

    def action_open_counterpart(self):
        """Open the payment or the entry the money came by."""
        self.ensure_one()
        entry = self.counterpart_line_id.move_id
        return (entry.origin_payment_id or entry)._get_records_action(
            name=self.env._("Paid with")
        )
