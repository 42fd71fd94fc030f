from odoo import api, models

from ...tools import commission

SAMPLE = 1000.0


class SaleCollectionCommissionExample(models.AbstractModel):
    """Writes the worked example of a plan, also while the plan is being edited."""

    _name = "sale.collection.commission.example"
    _description = "Example of a commission plan"

    @api.model
    def _get_lines(self, plan):
        """Return the lines of the example, each with its arithmetic."""
        if not plan.rate_ids and not plan.tier_ids:
            return [self.env._("Add a rate to see what it pays.")]
        rates = plan.rate_ids.sorted(lambda rate: rate.sequence)
        percent = rates[:1].percent
        return [
            *self._get_rate_examples(plan, percent),
            *self._get_form_examples(plan, percent),
            *self._get_advance_examples(plan, percent),
            *self._get_override_examples(plan, percent),
            *self._get_tier_examples(plan),
            *self._get_other_examples(plan),
        ]

    @api.model
    def _get_rate_examples(self, plan, percent):
        steps = sorted(plan._get_factor_steps()) or [commission.Step(0, 1.0)]
        return [
            self.env._(
                "%(base)s paid %(when)s: %(formula)s = %(amount)s",
                base=self._show(plan, SAMPLE),
                when=self.env._("%(days)s days late or more", days=step.lower)
                if step.lower
                else self.env._("in time"),
                formula=f"{SAMPLE:,.0f} x {percent:g} % x {step.value:g}",
                amount=self._show(plan, SAMPLE * percent / 100 * step.value),
            )
            for step in steps
        ]

    @api.model
    def _get_form_examples(self, plan, percent):
        return [
            self.env._(
                "In time to %(journal)s: %(formula)s = %(amount)s",
                journal=form.journal_id.name or "",
                formula=f"{SAMPLE:,.0f} x {percent:g} % x {form.factor:g}",
                amount=self._show(plan, SAMPLE * percent / 100 * form.factor),
            )
            for form in plan.form_ids
        ]

    @api.model
    def _get_advance_examples(self, plan, percent):
        if not plan.advance_percent:
            return []
        amount = commission.advance_of(
            SAMPLE, percent, plan.advance_percent, plan.currency_id.rounding or 0.01
        )
        return [
            self.env._(
                "When the invoice is posted %(amount)s in advance, taken back when not "
                "paid %(days)s days past due",
                amount=self._show(plan, amount),
                days=plan.claw_back_days,
            )
        ]

    @api.model
    def _get_override_examples(self, plan, percent):
        return [
            self.env._(
                "%(manager)s in time: %(amount)s",
                manager=override.user_id.name or self.env._("Team leader"),
                amount=self._show(
                    plan,
                    SAMPLE
                    * override.percent
                    / 100
                    * (percent / 100 if override.basis == "commission" else 1),
                ),
            )
            for override in plan.override_ids
        ]

    @api.model
    def _get_tier_examples(self, plan):
        """Show what each tier pays half-way to the next one."""
        bounds = sorted(step.lower for step in plan._get_tier_steps())
        following = [*bounds[1:], 1.5 * (bounds[-1] or SAMPLE)] if bounds else []
        by_target = plan.tier_basis == "attainment"
        lines = []
        for bound, upper in zip(bounds, following, strict=True):
            collected = (bound + upper) / 2 * (SAMPLE / 100 if by_target else 1)
            parts = plan._get_tier_parts(collected, SAMPLE, collected)
            lines.append(
                self.env._(
                    "%(base)s collected in the period: %(formula)s = %(amount)s",
                    base=self._show(plan, collected),
                    formula=" + ".join(
                        f"{part:,.2f} x {rate:g} %" for part, rate in parts
                    ),
                    amount=self._show(
                        plan, sum(part * rate / 100 for part, rate in parts)
                    ),
                )
            )
        if lines and by_target:
            target = self._show(plan, SAMPLE)
            lines.insert(0, self.env._("With a target of %(target)s:", target=target))
        return lines

    @api.model
    def _get_other_examples(self, plan):
        lines = []
        if plan.cap_amount:
            text = self.env._(
                "At most %(amount)s a period", amount=self._show(plan, plan.cap_amount)
            )
            lines.append(text)
        if plan.bounty_percent:
            text = self.env._(
                "A collector who brings in %(base)s that is %(days)s days late: "
                "%(amount)s",
                base=self._show(plan, SAMPLE),
                days=plan.bounty_days,
                amount=self._show(plan, SAMPLE * plan.bounty_percent / 100),
            )
            lines.append(text)
        if plan.loss_percent:
            text = self.env._(
                "%(base)s written off as lost: %(amount)s",
                base=self._show(plan, max(SAMPLE, plan.loss_from)),
                amount=self._show(
                    plan, -max(SAMPLE, plan.loss_from) * plan.loss_percent / 100
                ),
            )
            lines.append(text)
        return lines

    @api.model
    def _show(self, plan, amount):
        currency = plan.currency_id or self.env.company.currency_id
        return currency.format(amount)
