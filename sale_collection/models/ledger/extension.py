from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ...tools.window import open_dialog

STATES = [
    ("requested", "To approve"),
    ("unapproved", "Not approved"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("over", "Replaced or moved back"),
]
PENDING = ("requested", "unapproved")
# What whoever decides may change before, beside what chatter and activities write.
DECIDER_FIELDS = {"as_due_date", "reason"}
CHATTER_PREFIXES = ("message_", "activity_", "my_activity_", "website_")
ACTIVITY = "sale_collection.activity_extension"


class SaleCollectionExtension(models.Model):
    """More time for an instalment: one person asks, a credit controller agrees.

    A due date that is moved in any other way is noted here as not approved. The newest
    move of an instalment (`is_current`) says by which date it is judged.
    """

    _name = "sale.collection.extension"
    _description = "Extension of a due date"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.titled",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "move_id"
    _check_company_auto = True
    _mail_post_access = "read"
    _created_with = frozenset({"line_id", "new_date"})

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        index=True,
    )
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        required=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    # The same as a plain number: accounting deletes instalments and makes new ones.
    line_ref = fields.Integer(
        required=True, readonly=True, index=True, export_string_translation=False
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amount = fields.Monetary(
        string="Open", readonly=True, help="What was open when it was asked for."
    )
    old_date = fields.Date(string="Due date before", required=True, readonly=True)
    new_date = fields.Date(
        string="New due date", required=True, readonly=True, tracking=True
    )
    as_due_date = fields.Boolean(
        string="As the due date",
        tracking=True,
        help="Grade and commission judge by the new date too. Without it only "
        "reminders and aging wait.",
    )
    reason = fields.Text(string="Why")
    state = fields.Selection(
        STATES, default="requested", required=True, readonly=True, tracking=True
    )
    date = fields.Date(
        string="Asked on",
        required=True,
        readonly=True,
        help="The day it was asked for, or done without asking.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        help="Who asked for it, or moved the date without asking.",
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, tracking=True
    )
    decided_on = fields.Date(string="Decided on", readonly=True)
    judged_date = fields.Date(
        string="Judged by",
        readonly=True,
        help="Money that comes is late or not by this date, in grade and commission.",
    )
    is_current = fields.Boolean(readonly=True, export_string_translation=False)
    origin_id = fields.Many2one(
        "sale.collection.extension",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The one decided on, of which this is a copy for another instalment.",
    )

    _asked_once = models.UniqueIndex(
        "(line_ref) WHERE state = 'requested'",
        "Somebody has asked for an extension of this instalment already.",
    )
    _current_once = models.UniqueIndex(
        "(line_ref) WHERE is_current",
        "The due date of this instalment is being moved by somebody else. Try again.",
    )

    @api.depends("move_id.commercial_partner_id")
    def _compute_partner_id(self):
        for extension in self:
            extension.partner_id = (
                extension.move_id.commercial_partner_id
                or extension.line_id.partner_id.commercial_partner_id
                or extension.partner_id
            )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        extensions = super().create(vals_list)
        extensions._tell_controller()
        return extensions

    @api.model
    def _prepare_code_written(self, vals_list):
        return [
            {**more, **(self._prepare_request(vals) if "state" not in vals else {})}
            for vals, more in zip(
                vals_list, super()._prepare_code_written(vals_list), strict=True
            )
        ]

    def write(self, vals):
        entered = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        if not self.env.su and entered:
            self._check_may_change(entered)
        return super().write(vals)

    def _check_may_change(self, entered):
        """Let what is asked for be put right only while it waits for a decision."""
        if entered - DECIDER_FIELDS or any(one.state not in PENDING for one in self):
            raise AccessError(
                self.env._(
                    "Of an extension, why and “As the due date” can be changed until "
                    "it is decided. Approve or reject it with its buttons; ask anew "
                    "for another date."
                )
            )

    @api.model
    def _prepare_request(self, vals):
        """Return what is asked for and who asks, from the instalment as it is now."""
        line = self.env["account.move.line"].sudo().browse(vals.get("line_id"))
        line = line.exists()
        new_date = fields.Date.to_date(vals.get("new_date"))
        if not line or not new_date:
            raise UserError(
                self.env._("Choose an instalment and the new due date it is to have.")
            )
        if not self.env.su:
            # Before an error names the invoice.
            self._check_customer(line)
        self._check_request(line, new_date)
        return {
            **self._prepare_instalment(line),
            "old_date": line._get_collection_due(),
            "amount": line.collection_residual,
            "state": "requested",
            "date": line.company_id.root_id._collection_today(),
            # Four eyes: nobody asks in the name of another.
            "user_id": self.env.uid,
        }

    @api.model
    def _check_customer(self, line):
        """Check that the user may ask for an instalment: the room of profiles knows."""

    @api.model
    def _prepare_instalment(self, line):
        return {
            "company_id": line.company_id.id,
            "move_id": line.move_id.id,
            "line_ref": line.id,
        }

    @api.model
    def _check_request(self, line, new_date):
        """Refuse what is no later date, or of nothing that is still to pay."""
        invoice, due = line.move_id.display_name, line._get_collection_due()
        if not line._filter_instalments() or line.collection_residual <= 0:
            raise UserError(
                self.env._("Nothing is open on %(invoice)s.", invoice=invoice)
            )
        today = line.company_id.root_id._collection_today()
        if new_date <= due or new_date < today:
            raise UserError(
                self.env._(
                    "New due date: choose a day after %(due)s, and not in the past. "
                    "%(invoice)s is due on %(due)s.",
                    due=format_date(self.env, due),
                    invoice=invoice,
                )
            )

    # === RIGHTS ===#

    def _check_may_decide(self):
        """Let controllers decide, on their own requests only if they are alone."""
        user = self.env.user
        if not user.has_group("sale_collection.group_credit_controller"):
            raise AccessError(
                self.env._("Only credit controllers decide on extensions.")
            )
        self.check_access("write")
        if any(user == one.user_id for one in self) and self._has_other_controller():
            raise AccessError(
                self.env._(
                    "You asked for this extension, or moved the date, yourself. "
                    "Another credit controller has to decide."
                )
            )

    def _has_other_controller(self):
        domain = [
            *self.env["res.company"]._get_collection_controller_domain(),
            ("id", "!=", self.env.uid),
            ("company_ids", "in", self.company_id.ids),
        ]
        return bool(self.env["res.users"].sudo().search_count(domain, limit=1))

    # === DECISION ===#

    def action_approve(self):
        """Agree to the new dates and move the due dates asked for."""
        self._check_may_decide()
        pending = self.sudo()._find_pending()
        pending.line_id.lock_for_update()
        for extension in pending:
            if extension.state == "requested":
                extension._check_outdated()
            extension._approve()
            extension._tell_asker(
                self.env._(
                    "Approved: due on %(due)s",
                    due=format_date(self.env, extension.new_date),
                )
            )
        pending._tell_controller()
        return True

    def action_reject(self, reason=""):
        """Leave the due date, or put back one that was moved without asking.

        :param str reason: told to whoever asked
        :raise UserError: no reason is given
        """
        self._check_may_decide()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the extension is rejected."))
        pending = self.sudo()._find_pending()
        moved = pending.filtered(lambda one: one.state == "unapproved")
        pending._close("rejected")
        for extension in moved:
            if extension.line_id.collection_residual > 0:
                extension._move_due_date(extension.old_date)
        for extension in pending:
            extension._tell_asker(
                self.env._("Rejected: %(reason)s", reason=reason),
            )
        pending._tell_controller()
        return True

    def _find_pending(self):
        """Return those to decide, with their copies: one decision is about all."""
        origins = self | self.origin_id
        copies = self.search([("origin_id", "in", origins.ids)])
        return (origins | copies).filtered(lambda one: one.state in PENDING)

    def action_ask_why(self):
        """Ask for the reason before rejecting."""
        self._check_may_decide()
        return open_dialog(
            self.env._("Reject extensions"),
            "sale.collection.extension.reject",
            default_extension_ids=self.ids,
        )

    def _check_outdated(self):
        """Refuse what was asked for a debt or a due date that is another now."""
        line = self.line_id
        name = self.move_id.display_name
        if not line or line.collection_residual <= 0:
            raise UserError(
                self.env._(
                    "Nothing is open on %(invoice)s any more. Reject the request.",
                    invoice=name,
                )
            )
        if line._get_collection_due() != self.old_date:
            raise UserError(
                self.env._(
                    "The due date of %(invoice)s was moved to %(due)s since this was "
                    "asked for. Reject the request; who needs another date asks anew.",
                    invoice=name,
                    due=format_date(self.env, line._get_collection_due()),
                )
            )

    def _approve(self):
        judged = self.judged_date or self.line_id._get_judged_due() or self.old_date
        if self.as_due_date:
            judged = self.new_date
        before = self._find_current(self.line_id) - self
        before.filtered(lambda one: one.state == "unapproved")._close("over")
        before.is_current = False
        before.flush_recordset(["is_current"])
        was_requested = self.state == "requested"
        self._close("approved", judged_date=judged, is_current=True)
        if was_requested:
            self._move_due_date(self.new_date)
        self.line_id._collection_touch()

    def _close(self, state, **values):
        """Note who decided on these and close their activities."""
        for company, same in self.grouped(lambda one: one.company_id.root_id).items():
            same.write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "decided_on": company._collection_today(),
                    **values,
                }
            )
        self.activity_unlink([ACTIVITY])

    def _move_due_date(self, day):
        """Write the due date, and that of the invoice by which core shows it."""
        line, move = self.line_id, self.move_id
        line.date_maturity = day
        if move.is_sale_document(include_receipts=True):
            # The terms would make the instalments anew.
            move.with_context(skip_invoice_sync=True).invoice_date_due = max(
                move.line_ids._filter_instalments().mapped("date_maturity")
            )

    # === MOVED BY HAND ===#

    @api.model
    def _find_current(self, lines):
        """Return the newest moves of instalments, in superuser mode."""
        domain = [("line_ref", "in", lines.ids), ("is_current", "=", True)]
        return self.sudo().search(domain)

    def _get_expected_due(self):
        """Return the due date the instalment has by this newest move of it."""
        return (
            self.new_date
            if self.state in ("approved", "unapproved")
            else (self.old_date)
        )

    @api.model
    def _note_moves(self, dues, user):
        """Note due dates of posted instalments that were moved without asking.

        :param dict dues: {instalment: due date before}
        :param user: who moved them
        """
        lines = self.env["account.move.line"].sudo().browse(dues).exists()
        lines = lines._filter_instalments().filtered(
            lambda line: line._get_collection_due() != dues[line.id]
        )
        if not lines:
            return
        current = {one.line_ref: one for one in self._find_current(lines)}
        touched, new = self.browse(), []
        for line in lines:
            known = current.get(line.id, self.browse())
            due = line._get_collection_due()
            if known and known._get_expected_due() == due:
                continue
            if known.state == "unapproved":
                known._follow(due, user)
                touched |= known
            else:
                new.append(self._prepare_move(line, dues[line.id], known, user))
                known.is_current = False
        self.flush_model(["is_current"])
        touched |= self.with_user(user).sudo().create(new)
        touched._tell_controller()
        self.env.flush_all()

    def _follow(self, due, user):
        """Follow a date that was moved on, or back to where it was."""
        # Another date is another decision than that of the other instalments.
        (self | self.search([("origin_id", "=", self.id)])).origin_id = False
        if due == self.old_date:
            self._close("over")
        else:
            self.write({"new_date": due, "user_id": user.id})

    @api.model
    def _prepare_move(self, line, before, known, user):
        """Return what is noted of a move nobody asked for.

        :param known: the newest move of the instalment before this one, or none
        """
        return {
            **self._prepare_instalment(line),
            "line_id": line.id,
            "old_date": before,
            "new_date": line._get_collection_due(),
            "amount": line.collection_residual,
            "state": "unapproved",
            "date": line.company_id.root_id._collection_today(),
            "user_id": user.id,
            "judged_date": known.judged_date or before,
            "is_current": True,
        }

    @api.model
    def _note_changes(self, touched):
        """Note what has become of due dates, as `_collection_touched` names them.

        Of invoices posted again, all instalments are compared with those before; the
        extensions of those that are gone belong to those that stand for them.
        """
        moves = self.env["account.move"].sudo().browse(touched["reposted"]).exists()
        dues, followers = self.env["sale.collection.schedule"]._take(
            moves.filtered(lambda move: move.state == "posted")
        )
        self._hand_over(followers)
        self._note_moves({**touched["dues"], **dues}, touched["user"])

    @api.model
    def _hand_over(self, followers):
        """Give extensions of instalments before to those that stand for them.

        Of an instalment that lives on, or that several stand for, the others get a copy
        of the newest.

        :param dict followers: {instalment of now: the one before}
        """
        old_ids = list(followers.values())
        known = self.search([("line_ref", "in", old_ids)]).grouped("line_ref")
        kept = set(self.env["account.move.line"].sudo().browse(old_ids).exists().ids)
        for line_id, old_id in followers.items():
            same = known.get(old_id, self.browse())
            place = {"line_ref": line_id, "line_id": line_id}
            if old_id in kept:
                for current in same.filtered("is_current"):
                    origin = current.origin_id or current
                    current.copy(
                        # What was decided is so of the copy: no new request.
                        {**place, "origin_id": origin.id, "state": current.state}
                    )
            else:
                same.write(place)
            kept.add(old_id)

    # === WHO IS TOLD ===#

    def _tell_asker(self, body):
        """Tell whoever asked what was decided."""
        partner = (self.user_id - self.env.user).partner_id
        self.message_post(body=body, partner_ids=partner.ids)

    def _tell_controller(self):
        """Keep one activity for each customer with something to decide."""
        domain = [
            ("state", "in", PENDING),
            ("partner_id", "in", self.sudo().partner_id.ids),
            ("company_id", "in", self.sudo().company_id.ids),
        ]
        pending = self.sudo().search(domain, order="id")
        kind = self.env.ref(ACTIVITY)
        for _customer, same in pending.grouped(
            lambda one: (one.company_id.root_id, one.partner_id)
        ).items():
            if kind not in same.activity_ids.activity_type_id:
                controller = same.company_id.root_id._collection_get_controller()
                same[0].activity_schedule(
                    ACTIVITY, user_id=(controller or self.env.user).id
                )
