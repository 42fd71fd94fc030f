from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ...tools.period import month_bounds, next_payment_day
from ...tools.promise import ask, plan_instalments

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
                    self.env.ref("sale_collection.promise_dialog").id,
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
