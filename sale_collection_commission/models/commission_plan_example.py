from odoo import api, fields, models

from ..tools import commission

SAMPLE = 1000.0


class SaleCollectionCommissionPlan(models.Model):
    """A worked example of a plan that follows while it is edited."""

    _inherit = "sale.collection.commission.plan"

    example = fields.Text(
        compute="_compute_example", help="What the plan pays on a round amount."
    )

    @api.depends(
        *("rate_ids.percent", "rate_ids.sequence", "factor_ids.days_from"),
        *("factor_ids.factor", "form_ids.factor", "form_ids.journal_id"),
        *("override_ids.percent", "override_ids.basis", "override_ids.user_id"),
        *("tier_ids.lower", "tier_ids.percent", "tier_mode", "tier_basis", "period"),
        *("cap_amount", "advance_percent", "claw_back_days", "bounty_percent"),
        *("bounty_days", "loss_percent", "loss_from", "company_id"),
    )
    def _compute_example(self):
        for plan in self:
            plan.example = "\n".join(plan._get_example())

    def _get_example(self):
        """Return the lines of the example, each with its arithmetic."""
        if not self.rate_ids and not self.tier_ids:
            return [self.env._("Add a rate to see what it pays.")]
        rates = self.rate_ids.sorted(lambda rate: rate.sequence)
        percent = rates[:1].percent
        return [
            *self._get_rate_examples(percent),
            *self._get_form_examples(percent),
            *self._get_advance_examples(percent),
            *self._get_override_examples(percent),
            *self._get_tier_examples(),
            *self._get_other_examples(),
        ]

    def _get_rate_examples(self, percent):
        steps = sorted(self._get_factor_steps()) or [commission.Step(0, 1.0)]
        return [
            self.env._(
                "%(base)s paid %(when)s: %(formula)s = %(amount)s",
                base=self._show(SAMPLE),
                when=self.env._("%(days)s days late or more", days=step.lower)
                if step.lower
                else self.env._("in time"),
                formula=f"{SAMPLE:,.0f} x {percent:g} % x {step.value:g}",
                amount=self._show(SAMPLE * percent / 100 * step.value),
            )
            for step in steps
        ]

    def _get_form_examples(self, percent):
        return [
            self.env._(
                "In time to %(journal)s: %(formula)s = %(amount)s",
                journal=form.journal_id.name or "",
                formula=f"{SAMPLE:,.0f} x {percent:g} % x {form.factor:g}",
                amount=self._show(SAMPLE * percent / 100 * form.factor),
            )
            for form in self.form_ids
        ]

    def _get_advance_examples(self, percent):
        if not self.advance_percent:
            return []
        amount = commission.advance_of(
            SAMPLE, percent, self.advance_percent, self.currency_id.rounding or 0.01
        )
        return [
            self.env._(
                "When the invoice is posted %(amount)s in advance, taken back when not "
                "paid %(days)s days past due",
                amount=self._show(amount),
                days=self.claw_back_days,
            )
        ]

    def _get_override_examples(self, percent):
        return [
            self.env._(
                "%(manager)s in time: %(amount)s",
                manager=override.user_id.name or self.env._("Team leader"),
                amount=self._show(
                    SAMPLE
                    * override.percent
                    / 100
                    * (percent / 100 if override.basis == "commission" else 1)
                ),
            )
            for override in self.override_ids
        ]

    def _get_tier_examples(self):
        """Show what each tier pays half-way to the next one."""
        bounds = sorted(step.lower for step in self._get_tier_steps())
        following = [*bounds[1:], 1.5 * (bounds[-1] or SAMPLE)] if bounds else []
        by_target = self.tier_basis == "attainment"
        lines = []
        for bound, upper in zip(bounds, following, strict=True):
            collected = (bound + upper) / 2 * (SAMPLE / 100 if by_target else 1)
            parts = self._get_tier_parts(collected, SAMPLE, collected)
            lines.append(
                self.env._(
                    "%(base)s collected in the period: %(formula)s = %(amount)s",
                    base=self._show(collected),
                    formula=" + ".join(
                        f"{part:,.2f} x {rate:g} %" for part, rate in parts
                    ),
                    amount=self._show(sum(part * rate / 100 for part, rate in parts)),
                )
            )
        if lines and by_target:
            target = self._show(SAMPLE)
            lines.insert(0, self.env._("With a target of %(target)s:", target=target))
        return lines

    def _get_other_examples(self):
        lines = []
        if self.cap_amount:
            text = self.env._(
                "At most %(amount)s a period", amount=self._show(self.cap_amount)
            )
            lines.append(text)
        if self.bounty_percent:
            text = self.env._(
                "A collector who brings in %(base)s that is %(days)s days late: "
                "%(amount)s",
                base=self._show(SAMPLE),
                days=self.bounty_days,
                amount=self._show(SAMPLE * self.bounty_percent / 100),
            )
            lines.append(text)
        if self.loss_percent:
            text = self.env._(
                "%(base)s written off as lost: %(amount)s",
                base=self._show(max(SAMPLE, self.loss_from)),
                amount=self._show(
                    -max(SAMPLE, self.loss_from) * self.loss_percent / 100
                ),
            )
            lines.append(text)
        return lines

    def _show(self, amount):
        currency = self.currency_id or self.env.company.currency_id
        return currency.format(amount)
