from odoo import api, fields, models

from ...fields import OptionalFloat
from ...tools.risk import late_risk


class SaleCollectionOpenItem(models.Model):
    """How likely an instalment not yet due is paid late, and why."""

    _inherit = "sale.collection.open.item"

    late_risk = OptionalFloat(
        string="Risk: late",
        compute="_compute_late_risk",
        aggregator=None,
        help="How likely the instalment is paid after its due date. Empty once it is "
        "due.",
    )
    over_30_risk = OptionalFloat(
        string="Risk: over 30 days",
        compute="_compute_late_risk",
        aggregator=None,
        help="How likely the instalment is paid more than 30 days after its due date. "
        "Empty once it is due.",
    )
    risk_reason = fields.Char(
        string="Why",
        compute="_compute_late_risk",
        help="What the risk is made of: the customer's own record, and what changes "
        "it for this instalment.",
    )

    @api.depends("days_overdue", "date_due", "profile_id")
    @api.depends_context("lang")
    def _compute_late_risk(self):
        self.late_risk = self.over_30_risk = self.risk_reason = False
        waiting = self.filtered(lambda item: item.profile_id and not item.days_overdue)
        for company, items in waiting.grouped("company_id").items():
            shares = items.profile_id.sudo()._get_company_risk_shares(company)
            if shares:
                items._set_late_risk(company, shares)

    def _set_late_risk(self, company, shares):
        """Set the risk of instalments of one company that are not overdue."""
        effective = company._collection_effective_dues(self.mapped("date_due"))
        together = self._count_due_together()
        for item in self:
            day_off = effective[item.date_due] != item.date_due
            risk = late_risk(
                {
                    **item.profile_id.sudo()._get_risk_facts(day_off, shares),
                    "day_off": int(day_off),
                    "same_due_count": together[item.partner_id, item.date_due],
                }
            )
            item.late_risk, item.over_30_risk = risk.late, risk.over_30
            item.risk_reason = " · ".join(item._describe_risk(risk))

    def _count_due_together(self):
        """Return {(customer, due date): open instalments}."""
        return {
            (partner, due): count
            for partner, due, count in self._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("date_due", "in", list(set(self.mapped("date_due")))),
                ],
                ["partner_id", "date_due:day"],
                ["__count"],
            )
        }

    def _describe_risk(self, risk):
        """Return the effects that count, in words."""
        start, *effects = risk.late_effects
        words = [
            self.env._(
                "%(percent)s %% late on such days", percent=round(start.value * 100)
            )
        ]
        sayings = self._get_risk_sayings()
        for effect in (*effects, *risk.over_30_effects[1:]):
            # Odds times 0.95 to 1.05 are not worth a word.
            if abs(effect.times - 1) > 0.05:
                words.append(sayings[effect.code])
        return words

    def _get_risk_sayings(self):
        """Return the words for each fact of `tools.risk` that changes the odds."""
        days = round(self.profile_id.sudo().recent_days_late)
        recent = (
            self.env._("latest payments %(days)s days late", days=days)
            if days >= 0
            else self.env._("latest payments %(days)s days early", days=-days)
        )
        return {
            "day_off": self.env._("due on a day off"),
            "same_due_count": self.env._("several due together"),
            "recent_days_late": recent,
        }
