from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...tools.window import open_list
from .reason import SIDES

STATES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]

# What grade and commission rest on once a dispute is settled.
SETTLED_FIELDS = {"profile_id", "reason_id", "side_at_fault", "line_ids"}
SETTLED_FIELDS |= {"date", "date_closed"}


class SaleCollectionDispute(models.Model):
    """What a customer refuses to pay, why, and until when it is to be settled.

    Its amount is taken out of chasing, the rest of the debt is chased on. Accepted
    with our side at fault, the days it was open are not held against anybody.
    """

    _name = "sale.collection.dispute"
    _description = "Dispute"
    _inherit = ["sale.collection.code.written", "mail.thread", "mail.activity.mixin"]
    _order = "state_order, deadline, id"
    _check_company_auto = True
    _mail_post_access = "read"

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", readonly=True
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    reason_id = fields.Many2one(
        "sale.collection.reason", required=True, tracking=True, ondelete="restrict"
    )
    advice = fields.Text(related="reason_id.advice")
    side_at_fault = fields.Selection(
        SIDES,
        string="Side at fault",
        compute="_compute_side_at_fault",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="Whose fault it was in the end. The days of an accepted dispute on our "
        "side do not count as late in grade and commission.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain=lambda self: self._get_owner_domain(),
        help="Who settles it until the deadline.",
    )
    date = fields.Date(
        string="Opened on",
        compute="_compute_date",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    deadline = fields.Date(
        compute="_compute_deadline",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="Past it the credit controller is told.",
    )
    date_closed = fields.Date(string="Closed on", readonly=True, copy=False)
    escalated_on = fields.Date(
        string="Escalated on",
        readonly=True,
        copy=False,
        help="When the credit controller was told.",
    )
    state = fields.Selection(
        STATES, default="open", required=True, tracking=True, copy=False, index=True
    )
    state_order = fields.Integer(
        string="Order of states",
        compute="_compute_state_order",
        store=True,
        export_string_translation=False,
    )
    line_ids = fields.One2many(
        "sale.collection.dispute.line", "dispute_id", string="Instalments", copy=True
    )
    amount = fields.Monetary(
        string="Disputed",
        compute="_compute_amount",
        store=True,
        tracking=True,
        help="Sum of the instalments. 0 is a complaint without an amount.",
    )
    amount_open = fields.Monetary(
        string="Still disputed",
        compute="_compute_amount_open",
        help="Neither paid nor credited yet, while the dispute is open.",
    )
    note = fields.Text(string="What happened")
    credit_note_id = fields.Many2one(
        "account.move",
        string="Credit note",
        tracking=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        domain="[('move_type', '=', 'out_refund'), "
        "('commercial_partner_id', '=', partner_id), "
        "('company_id', 'child_of', company_id)]",
    )
    days_open = fields.Integer(string="Days open", compute="_compute_days_open")

    _closed_after_opened = models.Constraint(
        "CHECK (date_closed >= date)",
        "A dispute cannot be closed before it was opened.",
    )
    _deadline_after_opened = models.Constraint(
        "CHECK (deadline >= date)",
        "Deadline: choose a day on or after the day the dispute was opened.",
    )
    # Disputes past their deadline, looked for every night.
    _open_index = models.Index("(deadline) WHERE state = 'open'")

    # === COMPUTE ===#

    @api.model
    def _get_owner_domain(self):
        group = self.env.ref("sale_collection.group_user")
        return [("share", "=", False), ("all_group_ids", "in", group.id)]

    @api.depends("reason_id", "partner_id")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = self.env._(
                "%(reason)s (%(customer)s)",
                reason=dispute.reason_id.name,
                customer=dispute.partner_id.sudo().display_name,
            )

    @api.depends("reason_id")
    def _compute_side_at_fault(self):
        for dispute in self:
            dispute.side_at_fault = dispute.reason_id.side or dispute.side_at_fault

    @api.depends("profile_id")
    def _compute_date(self):
        for dispute in self:
            company = dispute.profile_id.company_id or self.env.company
            dispute.date = dispute.date or company._collection_today()

    @api.depends("date", "profile_id")
    def _compute_deadline(self):
        for dispute in self:
            company = dispute.profile_id.company_id or self.env.company
            days = timedelta(days=company.sudo().collection_dispute_days)
            dispute.deadline = dispute.deadline or dispute.date + days

    @api.depends("state")
    def _compute_state_order(self):
        order = [state for state, __ in STATES]
        for dispute in self:
            dispute.state_order = order.index(dispute.state)

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for dispute in self:
            dispute.amount = sum(dispute.line_ids.mapped("amount"))

    @api.depends("state", "line_ids.amount_open")
    def _compute_amount_open(self):
        for dispute in self:
            is_open = dispute.state == "open"
            dispute.amount_open = is_open and sum(
                dispute.line_ids.mapped("amount_open")
            )

    @api.depends("date", "date_closed")
    def _compute_days_open(self):
        for dispute in self:
            end = dispute.date_closed or dispute.company_id._collection_today()
            dispute.days_open = (end - dispute.date).days if dispute.date else 0

    # === CONSTRAINTS ===#

    @api.constrains("date")
    def _check_date(self):
        for company, disputes in self.grouped("company_id").items():
            today = company._collection_today()
            if any(dispute.date > today for dispute in disputes):
                raise ValidationError(
                    self.env._("Opened on: a dispute cannot begin in the future.")
                )

    @api.constrains("profile_id", "state", "line_ids")
    def _check_lines(self):
        self.line_ids._check_instalments()

    @api.constrains("credit_note_id", "profile_id")
    def _check_credit_note(self):
        for dispute in self.sudo().filtered("credit_note_id"):
            note = dispute.credit_note_id
            if note.commercial_partner_id != dispute.partner_id:
                raise ValidationError(
                    self.env._(
                        "Credit note: %(name)s is of another customer.",
                        name=note.display_name,
                    )
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        profiles = self.env["sale.collection.profile"]
        for vals in vals_list:
            if vals.get("state", "open") != "open":
                raise UserError(
                    self.env._("A new dispute is open. Close it afterwards.")
                )
            profiles._complete_profile(vals)
        disputes = super().create(vals_list)
        # Owning a dispute opens it to its owner, not the customer to dispute for.
        disputes.profile_id.check_access("read")
        disputes._schedule_settlement()
        disputes.profile_id._queue_refresh()
        return disputes

    def write(self, vals):
        if not SETTLED_FIELDS.isdisjoint(vals):
            self._check_may_change()
        if "state" in vals:
            self._check_may_decide(vals["state"])
            for company, disputes in self.grouped("company_id").items():
                closed = vals["state"] != "open" and company._collection_today()
                disputes.sudo().date_closed = closed
        customers = self.profile_id
        result = super().write(vals)
        if "profile_id" in vals:
            self.profile_id.check_access("read")
        if not {"state", "user_id", "deadline"}.isdisjoint(vals):
            self._schedule_settlement()
        if not {"state", "line_ids", "side_at_fault", "profile_id"}.isdisjoint(vals):
            (customers | self.profile_id)._queue_refresh()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never_closed(self):
        if any(dispute.state in ("accepted", "rejected") for dispute in self):
            raise UserError(
                self.env._(
                    "A settled dispute is kept: grade and commission rest on it."
                )
            )

    def unlink(self):
        customers = self.profile_id
        result = super().unlink()
        customers._queue_refresh()
        return result

    # === RIGHTS ===#

    def _check_may_decide(self, state):
        """Let its opener withdraw a dispute; users who see all customers settle it.

        Accepting one stops the clock of a salesperson's own commission.
        """
        if self.env.su or self.env.user.has_group(
            "sale_collection.group_all_customers"
        ):
            return
        mine = all(dispute.create_uid == self.env.user for dispute in self)
        if state != "cancelled" or not mine:
            raise AccessError(
                self.env._(
                    "Only people who see all customers accept, reject or reopen a "
                    "dispute. You can cancel those you opened."
                )
            )

    def _check_may_change(self):
        """Let only users who may settle a dispute change a settled one."""
        settled = self.filtered(
            lambda dispute: dispute.state in ("accepted", "rejected")
        )
        if settled:
            settled._check_may_decide("accepted")

    # === ACTIONS ===#

    def action_accept(self):
        """Settle in favour of the customer."""
        return self.write({"state": "accepted"})

    def action_reject(self):
        """Settle against the customer: then it was not our fault."""
        ours = self.filtered(lambda dispute: dispute.side_at_fault == "us")
        ours.write({"state": "rejected", "side_at_fault": "customer"})
        return (self - ours).write({"state": "rejected"})

    def action_cancel(self):
        """Withdraw the disputes: the full debt is chased again."""
        return self.write({"state": "cancelled"})

    def action_reopen(self):
        """Open settled disputes again."""
        result = self.write({"state": "open"})
        self.sudo().escalated_on = False
        return result

    def action_create_credit_note(self):
        """Draft credit notes over the disputed amounts and accept the dispute.

        Asked for once more, as from a page opened before, it shows the first one.
        """
        self.ensure_one()
        if self.credit_note_id:
            return self._open_moves(self.credit_note_id, self.env._("Credit notes"))
        if not self.amount:
            raise UserError(
                self.env._(
                    "Enter the disputed amounts before you create a credit note."
                )
            )
        notes = self.line_ids._create_credit_notes()
        if not notes:
            raise UserError(
                self.env._("None of the disputed instalments is of an invoice.")
            )
        self.credit_note_id = notes[:1]
        if self.state == "open":
            self.action_accept()
        return self._open_moves(notes, self.env._("Credit notes"))

    @api.model
    def _open_moves(self, moves, name):
        action = open_list(name, "account.move", [("id", "in", moves.ids)])
        if len(moves) == 1:
            action |= {"view_mode": "form", "res_id": moves.id}
        return action

    # === BUSINESS ===#

    def _schedule_settlement(self):
        """Keep one activity of the owner at the deadline while the dispute is open."""
        kinds = ["sale_collection.activity_dispute"]
        disputes = self.sudo()
        closed = disputes.filtered(lambda dispute: dispute.state != "open")
        closed.activity_unlink([*kinds, "sale_collection.activity_dispute_late"])
        groups = (disputes - closed).grouped(
            lambda dispute: (dispute.user_id, dispute.deadline)
        )
        for (owner, deadline), same in groups.items():
            moved = same.activity_reschedule(
                kinds, date_deadline=deadline, new_user_id=owner.id
            )
            # False where automatic activities are switched off.
            new = same - same.browse(moved.mapped("res_id") if moved else [])
            new.activity_schedule(kinds[0], date_deadline=deadline, user_id=owner.id)

    @api.model
    def _get_late(self, company, today):
        """Return open disputes past their deadline no controller was told of."""
        return self.search(
            Domain("state", "=", "open")
            & Domain("deadline", "<", today)
            & Domain("escalated_on", "=", False)
            & Domain("company_id", "=", company.id)
        )

    def _escalate(self, today):
        """Tell the credit controllers of these disputes."""
        for company, late in self.grouped("company_id").items():
            controller = company._collection_get_controller()
            late.activity_schedule(
                "sale_collection.activity_dispute_late",
                date_deadline=today,
                user_id=(controller or self.env.user).id,
            )
            late.sudo().escalated_on = today
