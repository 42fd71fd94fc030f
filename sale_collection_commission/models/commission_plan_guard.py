from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools import commission

# What a plan has paid by; people and dates may change, they decide on new money only.
LOCKED = (
    *("base", "date_basis", "rate_ids", "factor_ids", "form_ids", "tier_ids"),
    *("override_ids", "clearing", "safety_days", "new_customer_days", "tier_mode"),
    *("tier_basis", "tier_weighted", "period", "cap_amount", "advance_percent"),
    *("claw_back_days", "bounty_percent", "bounty_days", "loss_percent", "loss_from"),
)


class SaleCollectionCommissionPlan(models.Model):
    """Plans stay as they were when they paid; what they pay must be plain."""

    _inherit = "sale.collection.commission.plan"

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._judge_again()
        return plans

    def write(self, vals):
        locked = [name for name in LOCKED if name in vals]
        self._check_unused(locked)
        result = super().write(vals)
        if {"active", "date_from", "date_to", "user_ids", "agent_ids", "team_ids"} & {
            *vals
        }:
            self._judge_again()
        return result

    def _judge_again(self):
        """Have the money nobody earned on judged by these plans."""
        gaps = self.env["sale.collection.commission.gap"]
        for plan in self:
            gaps._restart(plan.company_id, plan.date_from)

    def _check_unused(self, names=("rate_ids",)):
        """Refuse to change what plans pay by once they have paid.

        :param names: the fields about to change
        """
        if not names:
            return
        # Also entries in companies the manager does not see.
        entries = self.env["sale.collection.commission.entry"].sudo()
        used = entries.search([("plan_id", "in", self.ids)], limit=1).plan_id
        if used:
            labels = [
                self._fields[name]._description_string(self.env) for name in names
            ]
            raise ValidationError(
                self.env._(
                    "%(fields)s: %(plan)s has paid commission by them. Make a new "
                    "version from a date, then recompute what is not settled yet.",
                    fields=", ".join(labels),
                    plan=used.name,
                )
            )

    # === CHECKS ===#

    @api.constrains("factor_ids", "tier_ids")
    def _check_bands(self):
        """Refuse two bands that start at one bound: which counts would be chance."""
        for plan in self:
            plan._check_steps(
                plan._get_factor_steps(),
                self.env._("Timeliness factors: two of them start at the same day."),
            )
            plan._check_steps(
                plan._get_tier_steps(),
                self.env._("Tiers: two of them start at the same bound."),
            )

    @api.model
    def _check_steps(self, steps, message):
        try:
            commission.check_steps(steps)
        except ValueError as error:
            raise ValidationError(message) from error

    @api.constrains("rate_ids")
    def _check_rates(self):
        """Refuse a rate that never counts because one before takes all of it."""
        for plan in self:
            rates = plan.rate_ids.sorted()
            hidden = commission.find_hidden(plan._get_rules().rates)
            if hidden:
                before, after = (list(rates.ids).index(key) + 1 for key in hidden)
                raise ValidationError(
                    self.env._(
                        "Rates: line %(after)s never counts, as line %(before)s takes "
                        "all of it. Move it up or narrow line %(before)s.",
                        after=after,
                        before=before,
                    )
                )

    @api.constrains("advance_percent", "date_basis")
    def _check_advance(self):
        for plan in self:
            if plan.advance_percent and plan.date_basis == "money":
                raise ValidationError(
                    self.env._(
                        "Advance: it is paid before money comes. Let the invoice date "
                        "count, or pay no advance."
                    )
                )
