from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ...tools import settlement
from ...tools.settlement import Earners, Key

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
    Confirming numbers it and locks them; after that it is only ever reversed. The rep
    sees it from then on, accepts it or asks about it. Employees are paid by payroll,
    agents by vendor bill.
    """

    _name = "sale.collection.settlement"
    _description = "Commission settlement"
    _inherit = [
        "sale.collection.code.written",
        "mail.thread",
        "mail.activity.mixin",
    ]
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

    bill_id = fields.Many2one(
        "account.move",
        string="Vendor bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    bill_state = fields.Selection(related="bill_id.state", string="State of the bill")
    bill_payment_state = fields.Selection(
        related="bill_id.payment_state", string="Payment of the bill"
    )
    exported_at = fields.Datetime(
        string="Exported for payroll on", readonly=True, copy=False
    )

    doubt_ids = fields.One2many(
        "sale.collection.settlement.doubt",
        "settlement_id",
        string="Uncertain",
        readonly=True,
        groups="sale_collection.group_manager",
    )
    doubt_count = fields.Integer(
        compute="_compute_doubts", groups="sale_collection.group_manager"
    )
    doubt_amount = fields.Monetary(
        string="Commission at stake",
        compute="_compute_doubts",
        groups="sale_collection.group_manager",
    )
    newer_count = fields.Integer(
        compute="_compute_newer_count",
        groups="sale_collection.group_manager",
        export_string_translation=False,
    )
    question_ids = fields.One2many(
        "sale.collection.settlement.question", "settlement_id", string="Questions"
    )
    question_count = fields.Integer(
        string="Open questions", compute="_compute_question_count"
    )
    rep_state = fields.Selection(
        ANSWERS,
        string="Accepted by the rep",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    accepted_at = fields.Datetime(string="Accepted on", readonly=True, copy=False)
    sent_at = fields.Datetime(string="Statement sent on", readonly=True, copy=False)
    reserve_balance = fields.Monetary(
        compute="_compute_reserve_balance",
        help="What is in the reserve of the earner after this settlement.",
    )
    reserve_before = fields.Monetary(
        string="Reserve before",
        compute="_compute_reserve_balance",
        help="What is in the reserve of the earner before this settlement.",
    )
    is_mine = fields.Boolean(
        compute="_compute_is_mine", export_string_translation=False
    )

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
            round_cents = record.currency_id.round
            reserve = record.line_ids.filtered(record.line_ids._is_reserve)
            other = record.line_ids - reserve
            record.amount_reserve = round_cents(sum(reserve.mapped("amount")))
            record.amount_other = round_cents(sum(other.mapped("amount")))
            record.amount_total = round_cents(
                record.amount_earned
                + record.amount_other
                + record.amount_reserve
                + record.amount_brought
            )
            record.amount_forward = record._get_forward()
            record.amount_payable = round_cents(
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
        reader = self.env["sale.collection.settlement.facts"]
        found = reader._collect_entry_ids(self._origin)
        entries = self.env["sale.collection.commission.entry"]
        for record in self:
            record.entry_ids = entries.browse(found.get(record._origin.id, ()))

    @api.depends("doubt_ids.amount")
    def _compute_doubts(self):
        for record in self:
            record.doubt_count = len(record.doubt_ids)
            record.doubt_amount = sum(record.doubt_ids.mapped("amount"))

    @api.depends("last_entry_ref", "state")
    def _compute_newer_count(self):
        reader = self.env["sale.collection.settlement.facts"]
        counts = reader._collect_newer_counts(self._origin)
        for record in self:
            record.newer_count = counts.get(record._origin.id, 0)

    @api.depends("question_ids.state")
    def _compute_question_count(self):
        for record in self:
            asked = record.question_ids.filtered(lambda one: one.state == "open")
            record.question_count = len(asked)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for record in self:
            record.is_mine = record.user_id == self.env.user

    @api.depends("line_ids.reserve_amount", "confirmed_at")
    def _compute_reserve_balance(self):
        reader = self.env["sale.collection.settlement.facts"]
        found = reader._collect_reserves(self._origin)
        for record in self:
            balance, before = found.get(record._origin.id, (0.0, 0.0))
            record.reserve_balance = balance
            record.reserve_before = before

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
        """Return whether a user may write these fields by hand."""
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

    # === PREPARE ===#

    @api.model
    def _prepare(self, user, date_from, date_to):
        """Make, or bring up to date, the drafts of one rep or agent for a period.

        They take up all that is booked for money up to the end of the period and is
        not settled yet. Money booked late for a settled period is among it, with its
        own date and factor.

        :param user: users, or the partners of agents
        :return: drafts, one for each company allowed and currency; none when there is
            nothing to settle
        :raise UserError: all of the period is settled already
        """
        is_rep = user._name == "res.users"
        earners = Earners(user.ids, []) if is_rep else Earners([], user.ids)
        preview = self.env["sale.collection.settlement.preview"]
        return preview._prepare_drafts(date_from, date_to, earners)

    def action_refresh(self):
        """Bring drafts up to date; adjustments stay."""
        self.check_access("write")
        if any(record.state != "draft" for record in self):
            raise UserError(self.env._("Only drafts are prepared again."))
        self.env["sale.collection.commission.entry"].sudo()._accrue()
        self.env["sale.collection.settlement.preview"]._renew(self)

    def _get_key(self):
        """Return company, currency and earner as one value."""
        self.ensure_one()
        return Key(
            self.company_id.id,
            self.currency_id.id,
            self.user_id.id or None,
            self.agent_id.id or None,
        )

    # === CONFIRM ===#

    def action_confirm(self):
        """Number drafts and lock their entries.

        When two people settle at once, it is settled once and the second one is told.

        :raise UserError: not a draft, or something has changed since the preview
        """
        self.check_access("write")
        drafts = self.sudo().sorted("date_to")
        confirmation = self.env["sale.collection.settlement.confirmation"]
        confirmation._lock_drafts(drafts)
        confirmation._settle_entries(drafts)
        now = fields.Datetime.now()
        for record in drafts:
            record.write(
                {
                    "name": record._get_number(),
                    "state": "confirmed",
                    "confirmed_at": now,
                    "confirmed_by_id": self.env.user.id,
                }
            )

    def _get_number(self):
        """Take the next number of the company and period."""
        self.ensure_one()
        sequences = self.env["ir.sequence"].with_company(self.company_id)
        return sequences.next_by_code(self._name, sequence_date=self.date_to)

    def action_cancel(self):
        """Drop drafts that are not to be settled; their entries stay unsettled."""
        self.check_access("write")
        drafts = self.sudo()
        self.env["sale.collection.settlement.confirmation"]._lock_drafts(drafts)
        drafts.state = "cancelled"

    # === PAY AND RE-OPEN ===#

    def _mark_paid(self, date):
        """Note that confirmed settlements have been paid out on `date`.

        :raise UserError: one of them is not confirmed
        """
        self.env["sale.collection.settlement.payout"]._mark_paid(self, date)

    def _reopen(self, reason):
        """Take confirmed or paid settlements back by reversing ones.

        Their entries can be settled again. What was paid out is carried forward and
        taken off the next settlement; what was not paid is no longer to be paid.

        :return: the reversing settlements
        :raise UserError: no reason, or what cannot be re-opened
        """
        self.check_access("write")
        self.env["sale.collection.settlement.confirmation"]._lock_earners(self)
        return self.env["sale.collection.settlement.reversal"]._reverse(self, reason)

    def action_create_bill(self):
        """Make draft vendor bills of confirmed settlements of agents.

        Paying the bill marks the settlement as paid.
        """
        self.check_access("write")
        self.env["account.move"].check_access("create")
        self.env["sale.collection.settlement.confirmation"]._lock_earners(self)
        bills = self.env["sale.collection.settlement.payout"]._create_bills(self)
        return bills._get_records_action(name=self.env._("Vendor bills"))

    def action_open_bill(self):
        """Show the vendor bill."""
        self.ensure_one()
        return self.bill_id._get_records_action()

    # === THE REP ===#

    def action_accept(self):
        """Accept the settlements as their rep."""
        self.check_access("read")
        for record in self:
            if record.user_id != self.env.user:
                raise AccessError(
                    self.env._("Only %(rep)s can accept it.", rep=record.earner_id.name)
                )
            if record.state not in ("confirmed", "paid"):
                raise UserError(self.env._("Only confirmed settlements are accepted."))
        self.sudo().write(
            {"rep_state": "accepted", "accepted_at": fields.Datetime.now()}
        )

    def action_open_questions(self):
        """Show what the rep has asked."""
        self.ensure_one()
        domain = [("settlement_id", "=", self.id)]
        return self._get_list("settlement_question_action", domain, context={})

    def action_open_missing(self):
        """Show the invoices of the earner that are not in it, and why."""
        self.ensure_one()
        reader = self.env["sale.collection.settlement.facts"]
        domain = reader._get_missing_domain(self)
        return self._get_list("settlement_missing_action", domain)

    def action_open_entries(self):
        """Show the entries this settlement is made of."""
        self.ensure_one()
        reader = self.env["sale.collection.settlement.facts"]
        domain = reader._get_entry_domain(self)
        return self._get_list("commission_entry_action", domain, context={})

    def action_open_reversal(self):
        """Show what this settlement reverses, or what reverses it."""
        self.ensure_one()
        return (self.reversal_of_id or self.reversed_by_id)._get_records_action()

    def _get_list(self, name, domain, **values):
        """Return an action of this addon with another domain."""
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id(f"sale_collection_commission.{name}")
        return {**action, "domain": domain, **values}

    # === STATEMENT ===#

    def _get_statement_entries(self):
        """Return the entries with the names a rep may know but not open."""
        self.check_access("read")
        return self.sudo().entry_ids

    def action_print(self):
        """Print the statement."""
        report = self.env.ref("sale_collection_commission.report_settlement")
        return report.report_action(self)

    def action_send(self):
        """Mail the statement to each earner, in the earner's language."""
        self.check_access("write")
        self.env["sale.collection.settlement.payout"]._send_statements(self)
