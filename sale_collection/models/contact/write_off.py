from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

STATES = [
    ("requested", "To approve"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
]
KINDS = [
    ("tail", "Tail"),
    ("price", "Price"),
    ("fee", "Bank fee"),
    ("dispute", "Dispute"),
]
# What may be changed of a request, beside what chatter and activities write.
ASKED_FIELDS = {"kind", "reason_id", "note"}
CHATTER_PREFIXES = ("message_", "activity_", "my_activity_", "website_")


class SaleCollectionWriteOff(models.Model):
    """A small rest of an instalment: one person asks to drop it, another approves."""

    _name = "sale.collection.write.off"
    _description = "Write-off of a short payment"
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
    # `_set_rest` sets them, but for the instalment.
    _created_with = frozenset({"line_id", "profile_id", "move_id", "amount", "state"})

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amount = fields.Monetary(string="Rest", readonly=True)
    amount_booked = fields.Monetary(
        string="Written off",
        readonly=True,
        help="What was booked: some may have been paid before the approval.",
    )
    kind = fields.Selection(
        KINDS, help="Bank fees do not count as short payments of the customer."
    )
    reason_id = fields.Many2one("sale.collection.reason", ondelete="restrict")
    note = fields.Text(string="Why")
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        STATES, default="requested", required=True, readonly=True, tracking=True
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, tracking=True
    )
    decided_on = fields.Date(string="Decided on", readonly=True)
    entry_id = fields.Many2one("account.move", readonly=True, index="btree_not_null")
    account_id = fields.Many2one(
        "account.account",
        string="Booked to",
        readonly=True,
        help="Chosen where the payment was registered. Empty: the write-off account of "
        "the company.",
    )

    _line_once = models.UniqueIndex(
        "(line_id) WHERE state = 'requested'",
        "Somebody has asked to write this rest off already.",
    )

    # === CRUD ===#

    def _init_column(self, column_name):
        # EXTENDS: of before the field, what the entry booked; payments dropped it all
        if column_name != "amount_booked":
            return super()._init_column(column_name)
        return self.env.cr.execute(
            """
            UPDATE sale_collection_write_off request
               SET amount_booked = COALESCE((
                   SELECT -SUM(item.balance)
                     FROM account_move entry
                     JOIN account_move_line item ON item.move_id = entry.id
                     JOIN account_account account ON account.id = item.account_id
                    WHERE entry.id = request.entry_id
                      AND entry.origin_payment_id IS NULL
                      AND account.account_type = 'asset_receivable'), request.amount)
             WHERE request.state IN ('approved', 'reopened')
               AND request.amount_booked IS NULL
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Code that registers a payment knows what it drops.
            if not (self.env.su and vals.get("state")):
                self._set_rest(vals)
        requests = super().create(vals_list)
        for request in requests.filtered(lambda one: one.state == "requested"):
            controller = request.company_id._collection_get_controller()
            request.activity_schedule(
                "sale_collection.activity_write_off",
                user_id=(controller or self.env.user).id,
            )
        return requests

    def write(self, vals):
        entered = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        is_decided = any(one.state != "requested" for one in self)
        if not self.env.su and (
            entered - ASKED_FIELDS or ("kind" in entered and is_decided)
        ):
            raise AccessError(
                self.env._(
                    "Of a write-off its reason and note can be changed. Approve or "
                    "reject it with its buttons; ask anew for another instalment."
                )
            )
        return super().write(vals)

    @api.model
    def _set_rest(self, vals):
        """Set what is asked for and who asks, from the instalment as it is now."""
        if not vals.get("line_id"):
            raise UserError(
                self.env._("Instalment: choose the one whose rest is to be dropped.")
            )
        if not (vals.get("reason_id") or vals.get("kind")):
            raise UserError(self.env._("Say why the rest is to be dropped."))
        line = self.env["account.move.line"].sudo().browse(vals.get("line_id"))
        profile = self.env["sale.collection.profile"].sudo()
        profile = profile.with_company(line.company_id)._for(line.partner_id)
        profile.sudo(False).check_access("read")
        self._check_asked(line, vals)
        vals.update(
            profile_id=profile.id,
            move_id=line.move_id.id,
            amount=line.collection_residual,
            state="requested",
            # Four eyes: nobody asks in the name of another.
            user_id=self.env.uid,
            decided_by_id=False,
            decided_on=False,
            entry_id=False,
        )

    @api.model
    def _note_short(self, payment, lines, values):
        """Note what a payment left: asked for where it is open, else dropped by it.

        :param payment: customer payment just registered
        :param lines: the instalments it was to pay
        :param dict values: `kind`, `account_id`, and `amount` dropped, if it was
        """
        # Nobody's debt has no profile, and no habit.
        lines = lines.sudo().filtered("partner_id")
        if "amount" in values:
            lines = lines[-1:]
        else:
            domain = [("line_id", "in", lines.ids), ("state", "=", "requested")]
            lines = lines.filtered(lambda line: line._get_rest() > 0)
            lines -= self.sudo().search(domain).line_id
        return self.sudo().create(
            [self._prepare_short(payment, line, values) for line in lines]
        )

    @api.model
    def _prepare_short(self, payment, line, values):
        profile = self.env["sale.collection.profile"].sudo()
        profile = profile.with_company(line.company_id)._for(line.partner_id)
        values = {
            "line_id": line.id,
            "move_id": line.move_id.id,
            "profile_id": profile.id,
            "user_id": self.env.uid,
            **values,
        }
        if "amount" not in values:
            return {**values, "state": "requested", "amount": line._get_rest()}
        return {
            **values,
            "state": "approved",
            "amount_booked": values["amount"],
            "entry_id": payment.move_id.id,
            "decided_by_id": self.env.uid,
            "decided_on": line.company_id.root_id._collection_today(),
        }

    @api.model
    def _check_asked(self, line, vals):
        """Refuse what may not be asked for, by the kind of write-off in `vals`."""
        self._check_tail(line)

    @api.model
    def _check_tail(self, line):
        """Refuse what is no small rest: bad debts are not written off in passing."""
        percent = line.company_id.root_id.collection_tail_percent
        limit = line.balance * percent / 100
        if not 0 < line.collection_residual <= limit:
            raise UserError(
                self.env._(
                    "The rest of %(invoice)s is %(rest)s. A short payment leaves at "
                    "most %(percent)s %% of an instalment, %(limit)s here: open a "
                    "dispute or chase it.",
                    invoice=line.move_id.display_name,
                    rest=line.company_currency_id.format(line.collection_residual),
                    percent=percent,
                    limit=line.company_currency_id.format(limit),
                )
            )

    # === RIGHTS ===#

    def _check_may_decide(self):
        """Let controllers decide, on their own requests only if they are alone."""
        user = self.env.user
        if not user.has_group("sale_collection.group_credit_controller"):
            raise AccessError(
                self.env._("Only credit controllers decide on write-offs.")
            )
        domain = self.env["res.company"]._get_collection_controller_domain()
        others = (
            self.env["res.users"]
            .sudo()
            .search_count(
                [
                    *domain,
                    ("id", "!=", user.id),
                    ("company_ids", "in", self.company_id.ids),
                ],
                limit=1,
            )
        )
        if others and any(user in one.user_id | one.create_uid for one in self):
            raise AccessError(
                self.env._(
                    "You asked for this write-off yourself. Another credit controller "
                    "has to approve it."
                )
            )

    # === ACTIONS ===#

    def action_approve(self):
        """Book the rest to the write-off account and match it."""
        self._check_may_decide()
        for request in self.filtered(lambda request: request.state == "requested"):
            request.sudo()._book()
        return True

    def action_reject(self):
        """Keep chasing the rest."""
        self._check_may_decide()
        self._close("rejected")
        return True

    def _close(self, state, **values):
        """Note who decided on these requests and close their activities."""
        requests = self.sudo().filtered(lambda request: request.state == "requested")
        for company, same in requests.grouped("company_id").items():
            same.write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "decided_on": company._collection_today(),
                    **values,
                }
            )
        requests.activity_unlink(["sale_collection.activity_write_off"])

    def _book(self):
        """Book what is left now: money may have come since it was asked for."""
        self.ensure_one()
        line = self.line_id
        line.lock_for_update()
        if not line or line._get_rest() <= 0:
            raise UserError(
                self.env._(
                    "Nothing is left to write off on %(invoice)s. Reject the request.",
                    invoice=self.move_id.display_name,
                )
            )
        entry = self.env["account.move"].create(self._prepare_entry(line))
        entry.action_post()
        counterpart = entry.line_ids.filtered(
            lambda entry_line: entry_line.account_id == line.account_id
        )
        booked = -sum(counterpart.mapped("balance"))
        self._close("approved", entry_id=entry.id, amount_booked=booked)
        (line | counterpart).reconcile()

    def _get_account(self):
        """Return the account the rest is booked to."""
        return self.account_id or self.company_id.collection_write_off_account_id

    def _prepare_entry(self, line):
        company = line.company_id
        account = self._get_account()
        if not account:
            raise UserError(
                self.env._(
                    "Write-off account: choose one in the settings of Collection first."
                )
            )
        # Money dated ahead is on its way: it leaves less to write off.
        rest, rest_currency = min(
            (line.collection_residual, line.collection_residual_currency),
            (line.amount_residual, line.amount_residual_currency),
        )
        amount = min(self.amount, rest)
        in_currency = line.currency_id.round(rest_currency * amount / rest)
        values = {"partner_id": line.partner_id.id, "currency_id": line.currency_id.id}
        return {
            "move_type": "entry",
            "company_id": company.id,
            "date": company.root_id._collection_today(),
            "ref": self.env._("Write-off, %(invoice)s", invoice=line.move_id.name),
            "line_ids": [
                Command.create(
                    {
                        **values,
                        "account_id": line.account_id.id,
                        "balance": -amount,
                        "amount_currency": -in_currency,
                    }
                ),
                Command.create(
                    {
                        **values,
                        "account_id": account.id,
                        "balance": amount,
                        "amount_currency": in_currency,
                    }
                ),
            ],
        }
