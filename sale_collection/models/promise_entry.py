from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ..tools.period import month_bounds, next_payment_day
from ..tools.promise import Instalment, ask, plan_instalments

DATE_CHOICES = [
    ("tomorrow", "Tomorrow"),
    ("friday", "Friday"),
    ("payday", "Payment day"),
    ("month_end", "Month end"),
]
FRIDAY = 4
# Below this part kept a new promise gets a warning.
LOW_KEPT_RATIO = 0.7


class SaleCollectionPromise(models.Model):
    """Taking down a promise: proposals, warnings and what is refused."""

    _inherit = "sale.collection.promise"

    date_choice = fields.Selection(DATE_CHOICES, string="Promised for", store=False)
    target_amount = fields.Monetary(
        string="Needed",
        store=False,
        help="What you need to come in. 'Asked for' is then proposed from how this "
        "customer bargains and keeps promises.",
    )
    proposed_amount = fields.Monetary(
        string="Collectable", compute="_compute_proposed_amount"
    )
    rest_amount = fields.Monetary(string="Rest", compute="_compute_rest_amount")
    rest_date = fields.Date(
        string="Rest on",
        copy=False,
        help="When the customer pays what this promise leaves open. The promise then "
        "becomes a plan of two payments.",
    )
    warning = fields.Text(compute="_compute_warning")

    # === PROPOSALS ===#

    @api.depends("profile_id", "kind")
    def _compute_allocation_ids(self):
        drafts = self.filtered(lambda promise: promise.state == "draft")
        found = drafts.profile_id._get_promisable_lines()
        for promise in drafts:
            lines = found.get(promise.profile_id._origin.id, [])
            if promise.kind == "standing":
                promise.allocation_ids = [fields.Command.clear()]
            elif not promise.allocation_ids:
                promise.allocation_ids = [
                    fields.Command.create({"line_id": line_id}) for line_id in lines
                ]

    @api.depends("profile_id", "allocation_ids.line_id")
    def _compute_proposed_amount(self):
        spared = self.profile_id._get_spared_amounts()
        for promise in self:
            opened = sum(promise.allocation_ids.mapped("residual"))
            overdue = spared.get(promise.profile_id._origin.id, 0.0)
            promise.proposed_amount = max(opened - overdue, 0.0)

    @api.depends("proposed_amount", "kind")
    def _compute_amount(self):
        for promise in self:
            if promise.state == "draft" and promise.kind != "standing":
                promise.amount = promise.amount or promise.proposed_amount

    @api.depends("amount", "proposed_amount", "kind")
    def _compute_rest_amount(self):
        for promise in self:
            rest = promise.proposed_amount - promise.amount
            single = promise.kind == "single" and promise.state == "draft"
            promise.rest_amount = max(rest, 0.0) if single else 0.0

    @api.depends("date_choice", "kind", "plan_line_ids.date", "first_date")
    def _compute_date(self):
        for promise in self:
            if promise.kind == "plan":
                days = [day for day in promise.plan_line_ids.mapped("date") if day]
                promise.date = max(days, default=promise.first_date)
            elif promise.kind == "standing":
                promise.date = promise.until_date or promise.first_date
            elif promise.date_choice:
                promise.date = promise._get_chosen_date(promise.date_choice)

    def _get_chosen_date(self, choice, today=None):
        """Return the day behind one of DATE_CHOICES."""
        profile = self.profile_id.sudo()
        company = profile.company_id or self.env.company
        tomorrow = (today or company._collection_today()) + timedelta(1)
        if choice == "friday":
            return tomorrow + timedelta((FRIDAY - tomorrow.weekday()) % 7)
        if choice == "payday" and profile:
            return next_payment_day(tomorrow, profile._get_payment_days())
        if choice == "month_end":
            return month_bounds(tomorrow)[1]
        return tomorrow

    @api.depends("kind", "amount", "first_date", "frequency", "payment_count")
    def _compute_plan_line_ids(self):
        for promise in self:
            if promise.state != "draft":
                continue
            parts = promise._get_plan() if promise.kind == "plan" else []
            if parts or promise.kind != "plan":
                promise.plan_line_ids = [
                    fields.Command.clear(),
                    *(fields.Command.create(part._asdict()) for part in parts),
                ]

    def _get_plan(self):
        """Return the equal payments of the plan, none while it is incomplete."""
        known = self.first_date and self.frequency and self.payment_count > 0
        if not known or not self.amount:
            return []
        return plan_instalments(
            self.amount,
            self.first_date,
            self.frequency,
            self.payment_count,
            self.currency_id.decimal_places or 2,
        )

    @api.depends("target_amount")
    def _compute_amount_asked(self):
        for promise in self:
            if promise.target_amount:
                trust = promise.profile_id._get_promise_trust()
                found = trust.get(promise.profile_id._origin.id, {})
                promise.amount_asked = ask(
                    promise.target_amount,
                    found.get("reliability"),
                    found.get("bargaining"),
                    promise.proposed_amount or None,
                )

    # === WARNINGS ===#

    @api.depends("profile_id", "date", "amount", "allocation_ids.line_id")
    @api.depends_context("lang")
    def _compute_warning(self):
        for promise in self:
            asked = promise.state == "draft" and promise.profile_id
            lines = promise._get_warnings() if asked else []
            promise.warning = "\n".join(lines)

    def _get_warnings(self):
        """Return what speaks against this promise, one sentence each."""
        rivals = self.sudo()._get_rivals()
        level = self.sudo()._get_levels().get(self._origin.id or 0, 1)
        warnings = [
            self._get_level_warning(level),
            self._get_record_warning(),
            self._get_sooner_warning(),
        ]
        warnings += [rival._get_supersede_warning() for rival in rivals]
        return [warning for warning in warnings if warning]

    def _get_level_warning(self, level):
        if level < 2:
            return ""
        return self.env._("This is promise number %(level)s on this debt.", level=level)

    def _get_record_warning(self):
        trust = self.profile_id._get_promise_trust().get(self.profile_id._origin.id, {})
        ratio = trust.get("kept_ratio")
        if ratio is None or ratio >= LOW_KEPT_RATIO:
            return ""
        return self.env._(
            "Kept %(kept)s of %(judged)s promises so far.",
            kept=trust["kept"],
            judged=trust["judged"],
        )

    def _get_sooner_warning(self):
        """Tell that the customer has never paid so soon after a due date."""
        due = min((a.due_date for a in self.allocation_ids if a.due_date), default=None)
        day = self.next_date or self.date
        best = self.profile_id.sudo()._get_best_days_late() if due and day else None
        if best is None or (day - due).days >= best:
            return ""
        return self.env._(
            "Never paid so soon before: at best %(best)s days after the due date, "
            "this would be %(days)s.",
            best=best,
            days=(day - due).days,
        )

    def _get_supersede_warning(self):
        return self.env._(
            "Replaces %(promise)s: %(amount)s promised for %(date)s.",
            promise=self.name,
            amount=self.currency_id.format(self.amount),
            date=format_date(self.env, self.next_date or self.date),
        )

    # === CHECKS ===#

    def _check_entry(self, today=None):
        """Refuse what cannot be promised, naming the field and the way out.

        :param date today: also refuse a date before it, for promises about to open
        """
        for promise in self.sudo():
            promise._check_amount()
            promise._check_dates(max(promise.made_on, today or promise.made_on))
            if promise.kind == "plan":
                promise._check_plan()
            if promise.kind != "standing":
                promise._check_allocations()

    def _check_amount(self):
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise ValidationError(
                self.env._("Enter the promised amount: it must be above 0.")
            )

    def _check_dates(self, earliest):
        """Refuse missing dates and such before ``earliest``."""
        if self.made_on > self.company_id._collection_today():
            raise ValidationError(
                self.env._("Made on: a promise cannot be made in the future.")
            )
        dates = {
            self.env._("Date"): self.date,
            self.env._("Payments"): self._get_first_payment(),
        }
        if self.payment_form == "bill" and self.maturity_date:
            dates[self.env._("Bill matures on")] = self.maturity_date
        for label, day in dates.items():
            if not day or day < earliest:
                raise ValidationError(
                    self.env._(
                        "%(field)s: a promise needs a date on or after %(date)s.",
                        field=label,
                        date=format_date(self.env, earliest),
                    )
                )

    def _get_first_payment(self):
        if self.kind == "plan":
            return min(self.plan_line_ids.mapped("date"), default=False)
        return self.first_date if self.kind == "standing" else self.date

    def _check_plan(self):
        total = sum(self.plan_line_ids.mapped("amount"))
        if self.currency_id.compare_amounts(total, self.amount):
            raise ValidationError(
                self.env._(
                    "The payments of the plan sum to %(total)s, but %(amount)s is "
                    "promised. Change one of the two.",
                    total=self.currency_id.format(total),
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _check_allocations(self):
        """Refuse foreign invoices and promises above what is open on them."""
        foreign = self.allocation_ids.filtered(self._is_not_promisable)
        if foreign or not self.allocation_ids:
            raise ValidationError(
                self.env._(
                    "Invoices: choose posted, unpaid invoices of %(customer)s.",
                    customer=self.partner_id.display_name,
                )
            )
        compare = self.currency_id.compare_amounts
        opened = sum(self.allocation_ids.mapped("residual"))
        if compare(self.amount, opened) > 0:
            raise ValidationError(
                self.env._(
                    "Amount: %(amount)s is more than the %(open)s open on the chosen "
                    "invoices. Lower it or choose more invoices.",
                    amount=self.currency_id.format(self.amount),
                    open=self.currency_id.format(opened),
                )
            )
        self._check_parts(compare)

    def _check_parts(self, compare):
        parts = self.allocation_ids
        over = parts.filtered(lambda part: compare(part.amount, part.residual) > 0)
        if over:
            raise ValidationError(
                self.env._(
                    "%(invoice)s: more is promised than the %(open)s that is open.",
                    invoice=over[0].line_name,
                    open=self.currency_id.format(over[0].residual),
                )
            )
        if compare(sum(parts.mapped("amount")), self.amount):
            raise ValidationError(
                self.env._(
                    "The parts per invoice do not sum to the promised %(amount)s. "
                    "Correct them or let the split do it.",
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _is_not_promisable(self, allocation):
        line = allocation.line_id
        return (
            line.partner_id.commercial_partner_id != self.partner_id
            or line.account_id.account_type != "asset_receivable"
            or line.company_id.root_id != self.company_id
            or line.parent_state != "posted"
            or line.balance <= 0
            or line.reconciled
        )

    # === CONFIRM ===#

    def action_open(self, today=None):
        """Take the promise as given: it replaces open ones on the same invoices."""
        self.check_access("write")
        drafts = self.sudo().filtered(lambda promise: promise.state == "draft")
        for company, promises in drafts.grouped("company_id").items():
            promises._open(today or company._collection_today())
        drafts._queue_customers()

    def _open(self, today):
        self._add_rest()
        self._check_entry(today)
        self.env["account.move.line"]._collection_mirror()
        rivals = self._get_rivals()
        # What is past its grace has been broken before this promise was made.
        if rivals:
            rivals._evaluate(today)
        self._supersede(rivals)
        for promise in self:
            promise._start(today)
        late = self.filtered(lambda promise: promise.made_on < today)
        late._claim(SQL("receipt.booked_at < promise.opened_at"))
        (self - late)._claim(SQL("TRUE"))
        self._message_log_batch(
            {promise.id: promise._get_opened_log() for promise in self}
        )
        self._evaluate(today)

    def _get_opened_log(self):
        return self.env._(
            "Promise made: %(amount)s for %(date)s.",
            amount=self.currency_id.format(self.amount),
            date=format_date(self.env, self.date),
        )

    def _add_rest(self):
        """Turn a promise with a date for the rest into a plan of two payments."""
        for promise in self.filtered(
            lambda promise: (
                promise.kind == "single"
                and promise.rest_date
                and not promise.currency_id.is_zero(promise.rest_amount)
            )
        ):
            parts = [
                Instalment(promise.date, promise.amount),
                Instalment(promise.rest_date, promise.rest_amount),
            ]
            promise.write(
                {
                    "kind": "plan",
                    "amount": promise.amount + promise.rest_amount,
                    "plan_line_ids": [
                        fields.Command.clear(),
                        *(fields.Command.create(part._asdict()) for part in parts),
                    ],
                }
            )

    def _start(self, today):
        """Note when the promise was made and what the ledger knew then."""
        backdated = self.made_on < today
        midnight = fields.Datetime.to_datetime(self.made_on)
        self.allocation_ids.filtered(
            lambda part: self.currency_id.is_zero(part.amount)
        ).unlink()
        self.write(
            {
                "state": "open",
                "name": self.env["ir.sequence"].next_by_code(self._name),
                "level": self._get_levels().get(self.id, 1),
                "opened_at": midnight if backdated else fields.Datetime.now(),
                "receipt_mark": 0 if backdated else self._get_receipt_mark(),
            }
        )
        self.plan_line_ids.write({"state": "open"})

    @api.model
    def _get_receipt_mark(self):
        query = SQL("SELECT COALESCE(MAX(id), 0) FROM sale_collection_receipt")
        return self.env.execute_query(query)[0][0]

    def _supersede(self, rivals):
        """Close open promises these ones replace."""
        replaced = rivals.filtered(lambda promise: promise.state == "open")
        for promise in self:
            own = replaced & promise._get_rivals()
            own._close({"state": "superseded", "superseded_by_id": promise.id})
        replaced._message_log_batch(
            {
                promise.id: self.env._("Replaced by a new promise.")
                for promise in replaced
            }
        )

    def _claim(self, known):
        """Claim the instalments, noting what was open and paid on them.

        A second live promise on one of them fails on the unique index.

        :param SQL known: on `receipt`, the money known when the promise was made
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                WITH known AS (
                    SELECT part.id,
                           COALESCE(MAX(receipt.id) FILTER (WHERE %(known)s), 0)
                               AS mark
                      FROM sale_collection_promise_allocation part
                      JOIN sale_collection_promise promise
                        ON promise.id = part.promise_id
                      LEFT JOIN sale_collection_receipt receipt
                        ON receipt.line_ref = part.line_ref
                     WHERE promise.id = ANY(%(ids)s)
                     GROUP BY part.id
                )
                UPDATE sale_collection_promise_allocation part
                   SET is_live = TRUE,
                       receipt_mark = known.mark,
                       amount_open = line.amount_residual + (
                           SELECT COALESCE(SUM(receipt.amount), 0)
                             FROM sale_collection_receipt receipt
                            WHERE receipt.line_ref = part.line_ref
                              AND receipt.id > known.mark)
                  FROM known, account_move_line line
                 WHERE known.id = part.id AND line.id = part.line_id
                RETURNING part.id
                """,
                ids=self.ids,
                known=known,
            )
        )
        self.allocation_ids.invalidate_recordset(
            ["is_live", "amount_open", "receipt_mark"]
        )

    # === OTHER PROMISES ON THE SAME DEBT ===#

    def _get_rivals(self):
        """Return the open promises on the same instalments, or standing as well."""
        rivals = self.browse()
        standing = self.filtered(lambda promise: promise.kind == "standing")
        refs = (self - standing).allocation_ids.mapped("line_ref")
        if refs:
            rivals |= self.search(
                [
                    ("allocation_ids.line_ref", "in", refs),
                    ("allocation_ids.is_live", "=", True),
                    ("state", "=", "open"),
                ]
            ).filtered(lambda rival: rival._claims(refs))
        if standing:
            rivals |= self.search(
                [
                    ("profile_id", "in", standing.profile_id.ids),
                    ("kind", "=", "standing"),
                    ("state", "=", "open"),
                ]
            )
        return rivals - self

    def _claims(self, refs):
        return any(
            part.is_live and part.line_ref in refs for part in self.allocation_ids
        )

    def _get_levels(self):
        """Return {promise id: n}, the n-th promise on its debt; kept ones not counted.

        A promise not yet saved has the key 0.
        """
        levels = {}
        for promise in self:
            refs = promise.allocation_ids.mapped("line_ref")
            levels[promise._origin.id or 0] = 1 + promise._get_last_level(refs)
        return levels

    def _get_last_level(self, refs):
        self.flush_model(["state", "level"])
        self.allocation_ids.flush_model(["promise_id", "line_ref"])
        [[level]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(MAX(promise.level), 0)
                  FROM sale_collection_promise_allocation part
                  JOIN sale_collection_promise promise ON promise.id = part.promise_id
                 WHERE part.line_ref = ANY(%s)
                   AND promise.state NOT IN ('draft', 'kept')
                   AND promise.id <> %s
                """,
                refs,
                self._origin.id or 0,
            )
        )
        return level

    # === DIALOG ===#

    @api.model
    def _get_dialog(self, profile, lines=None):
        """Return the action that opens the dialog for a new promise.

        :param lines: receivable lines it is about; all overdue ones when left out
        """
        context = {"default_profile_id": profile.id, "dialog_size": "large"}
        if lines:
            context["default_allocation_ids"] = [
                fields.Command.create({"line_id": line.id}) for line in lines
            ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to pay"),
            "res_model": self._name,
            "views": [
                (
                    self.env.ref("sale_collection.sale_collection_promise_dialog").id,
                    "form",
                )
            ],
            "target": "new",
            "context": context,
        }

    def action_confirm_dialog(self):
        """Confirm and go back to where the dialog was opened."""
        self.action_open()
        return {"type": "ir.actions.act_window_close"}
