from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ..tools import settlement

STATES = [
    ("draft", "Draft"),
    ("confirmed", "Confirmed"),
    ("paid", "Paid"),
    ("cancelled", "Cancelled"),
]
ANSWERS = [("none", "Not yet"), ("accepted", "Accepted"), ("asked", "Asked")]

# What a manager may write by hand: everything else follows from the entries.
EDITABLE_FIELDS = {"line_ids", "note"}


class SaleCollectionSettlement(models.Model):
    """What one rep or agent is paid for a period, in one currency of one company.

    A draft is a preview: it takes up the entries booked until it was prepared.
    Confirming numbers it and locks them; after that it is only ever reversed.
    """

    _name = "sale.collection.settlement"
    _description = "Commission settlement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Rep",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    agent_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    earner_id = fields.Many2one(
        "res.partner",
        string="Paid to",
        compute="_compute_earner_id",
        store=True,
        precompute=True,
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, tracking=True, copy=False
    )
    # A draft speaks of entries up to this one: what is booked later waits for the
    # next preview.
    last_entry_ref = fields.Integer(readonly=True, export_string_translation=False)
    prepared_at = fields.Datetime(readonly=True)
    # The reserve as the preview has seen it: kept, due, gone.
    account_state = fields.Json(readonly=True, export_string_translation=False)
    entry_ids = fields.Many2many(
        "sale.collection.commission.entry",
        string="Entries",
        compute="_compute_entry_ids",
    )
    # Re-opening frees the entries; these are the ones it had.
    kept_entry_ids = fields.Many2many(
        "sale.collection.commission.entry",
        "sale_collection_settlement_kept",
        "settlement_id",
        "entry_id",
        readonly=True,
        copy=False,
        export_string_translation=False,
    )
    entry_count = fields.Integer(string="Number of entries", readonly=True)
    line_ids = fields.One2many(
        "sale.collection.settlement.line", "settlement_id", string="Other lines"
    )
    rate_ids = fields.One2many(
        "sale.collection.settlement.rate", "settlement_id", string="By rate"
    )
    note = fields.Text(string="Note on the statement")

    amount_earned = fields.Monetary(
        string="Earned", readonly=True, help="Sum of the entries."
    )
    amount_earlier = fields.Monetary(
        string="Of it from before",
        readonly=True,
        help="Money of earlier periods that was booked after they were settled.",
    )
    amount_other = fields.Monetary(
        string="Adjustments", compute="_compute_amounts", store=True
    )
    amount_reserve = fields.Monetary(
        string="Reserve",
        compute="_compute_amounts",
        store=True,
        help="Kept back, less what is released or taken for losses.",
    )
    amount_brought = fields.Monetary(
        string="Brought forward",
        readonly=True,
        help="Negative balance of earlier settlements.",
    )
    amount_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True
    )
    amount_forward = fields.Monetary(
        string="Carried forward",
        compute="_compute_amounts",
        store=True,
        help="Negative balance, taken off the next settlement.",
    )
    amount_payable = fields.Monetary(
        string="To pay", compute="_compute_amounts", store=True, tracking=True
    )

    confirmed_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False
    )
    confirmed_at = fields.Datetime(
        string="Confirmed on", readonly=True, copy=False, index="btree_not_null"
    )
    date_paid = fields.Date(string="Paid on", readonly=True, copy=False, tracking=True)
    reversal_of_id = fields.Many2one(
        "sale.collection.settlement",
        string="Reverses",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    reversed_by_id = fields.Many2one(
        "sale.collection.settlement",
        string="Re-opened by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reopen_reason = fields.Text(string="Why re-opened", readonly=True, copy=False)

    # Two that prepare the same period at once make one draft.
    _draft_once = models.UniqueIndex(
        "(company_id, currency_id, COALESCE(user_id, 0), COALESCE(agent_id, 0), "
        "date_from, date_to) WHERE state = 'draft'",
        "This period is being prepared by somebody else. Open the draft.",
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This settlement has been re-opened already.",
    )
    _one_earner = models.Constraint(
        "CHECK(num_nonnulls(user_id, agent_id) = 1)",
        "A settlement is for a rep or for an agent.",
    )
    _valid_period = models.Constraint(
        "CHECK(date_to >= date_from)", "To: a period cannot end before it begins."
    )

    # === COMPUTE ===#

    @api.depends("name", "user_id", "agent_id", "date_from", "date_to")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.name or record._get_draft_name()

    def _get_draft_name(self):
        """Return what a settlement without number is called."""
        return self.env._(
            "%(earner)s, %(date_from)s - %(date_to)s",
            earner=(self.user_id or self.agent_id).sudo().name or "",
            date_from=format_date(self.env, self.date_from),
            date_to=format_date(self.env, self.date_to),
        )

    @api.depends("user_id", "agent_id")
    def _compute_earner_id(self):
        for record in self:
            record.earner_id = record.user_id.sudo().partner_id or record.agent_id

    @api.depends(
        "amount_earned",
        "amount_brought",
        "line_ids.amount",
        "line_ids.reserve_amount",
        "reversal_of_id",
    )
    def _compute_amounts(self):
        for record in self:
            currency = record.currency_id
            is_reserve = record.line_ids._is_reserve
            reserve = record.line_ids.filtered(is_reserve)
            other = record.line_ids - reserve
            record.amount_reserve = currency.round(sum(reserve.mapped("amount")))
            record.amount_other = currency.round(sum(other.mapped("amount")))
            record.amount_total = currency.round(
                record.amount_earned
                + record.amount_other
                + record.amount_reserve
                + record.amount_brought
            )
            record.amount_forward = record._get_forward()
            record.amount_payable = currency.round(
                record.amount_total - record.amount_forward
            )

    def _get_forward(self):
        """Return the part of the total, 0 or less, that waits for the next one."""
        origin = self.reversal_of_id
        if origin:
            return settlement.reversal_forward(
                self.state != "cancelled", origin.amount_payable, origin.amount_forward
            )
        return settlement.carry(self.amount_total, self.currency_id.rounding)[1]

    @api.depends("state", "last_entry_ref", "date_to")
    def _compute_entry_ids(self):
        found = self._read_entry_ids()
        entries = self.env["sale.collection.commission.entry"]
        for record in self:
            record.entry_ids = entries.browse(found.get(record._origin.id, ()))

    def _read_entry_ids(self):
        """Return {settlement id: ids of its entries, the latest money first}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON %(is_previewed)s
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY settlement.id
                 UNION ALL
                SELECT entry.settlement_id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_commission_entry entry
                 WHERE entry.settlement_id = ANY(%(ids)s)
                 GROUP BY entry.settlement_id
                 UNION ALL
                SELECT kept.settlement_id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_settlement_kept kept
                  JOIN sale_collection_commission_entry entry
                    ON entry.id = kept.entry_id
                 WHERE kept.settlement_id = ANY(%(ids)s)
                 GROUP BY kept.settlement_id
                """,
                is_previewed=self._get_preview_condition(),
                ids=self._origin.ids,
            )
        )
        return dict(rows)

    @api.model
    def _get_preview_condition(self):
        """SQL condition: the draft `settlement` takes up the unsettled `entry`."""
        return SQL(
            """(settlement.state = 'draft' AND entry.settlement_id IS NULL
            AND entry.company_id = settlement.company_id
            AND entry.currency_id = settlement.currency_id
            AND COALESCE(entry.user_id, 0) = COALESCE(settlement.user_id, 0)
            AND COALESCE(entry.agent_id, 0) = COALESCE(settlement.agent_id, 0)
            AND entry.date <= settlement.date_to
            AND entry.id <= settlement.last_entry_ref)"""
        )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Prepare settlements with Commission > Settle a period.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not self._is_editable(vals):
            raise UserError(
                self.env._(
                    "A settlement follows the entries. Add an adjustment to the draft, "
                    "or re-open what is confirmed."
                )
            )
        return super().write(vals)

    @api.model
    def _is_editable(self, vals):
        """Tell whether a user may write these fields himself."""
        own = {
            name
            for name in vals
            if not name.startswith(("message_", "activity_", "my_activity_"))
        }
        return own <= EDITABLE_FIELDS

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        if any(record.state != "draft" for record in self):
            raise UserError(
                self.env._("Only drafts can be deleted. Re-open this settlement.")
            )

    # === ACTIONS ===#

    def action_open_entries(self):
        """Show the entries this settlement is made of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_commission.commission_entry_action"
        )
        return {**action, "domain": self._get_entry_domain(), "context": {}}

    def action_open_reversal(self):
        """Show what this settlement reverses, or what reverses it."""
        self.ensure_one()
        return (self.reversal_of_id or self.reversed_by_id)._get_records_action()

    def _get_entry_domain(self):
        """Return the domain of the entries of one settlement."""
        self.ensure_one()
        if self.kept_entry_ids:
            return [("id", "in", self.kept_entry_ids.ids)]
        if self.state != "draft":
            return [("settlement_id", "=", self.id)]
        return [
            ("settlement_id", "=", False),
            ("company_id", "=", self.company_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("user_id", "=", self.user_id.id),
            ("agent_id", "=", self.agent_id.id),
            ("date", "<=", fields.Date.to_string(self.date_to)),
            ("id", "<=", self.last_entry_ref),
        ]
