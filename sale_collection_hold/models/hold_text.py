from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang

# Said by their name alone: there is no figure to compare.
PLAIN_CODES = {"term_missing", "no_review"}


class SaleCollectionHold(models.Model):
    """The words for what the rules measured."""

    _inherit = "sale.collection.hold"

    @api.model
    def _describe_reasons(self, reasons, currency):
        """Return one line for each reason of a verdict.

        :param reasons: dicts with `code`, `measured`, `threshold` and `unit`
        :param currency: of the amounts
        """
        labels = dict(
            self.env["sale.collection.hold.condition"]
            ._fields["code"]
            ._description_selection(self.env)
        )
        return [
            self._describe_reason(reason, labels[reason["code"]], currency)
            for reason in _merge(reasons or ())
        ]

    @api.model
    def _describe_reason(self, reason, label, currency):
        if reason["code"] in PLAIN_CODES or reason["measured"] is None:
            return label
        measured = self._format_measure(reason["measured"], reason["unit"], currency)
        if reason["threshold"] is None:
            return self.env._("%(what)s: %(measured)s", what=label, measured=measured)
        return self.env._(
            "%(what)s: %(measured)s (allowed: %(threshold)s)",
            what=label,
            measured=measured,
            threshold=self._format_measure(
                reason["threshold"], reason["unit"], currency
            ),
        )

    @api.model
    def _format_measure(self, value, unit, currency):
        """Return a measured value in words; grades come as their names."""
        if isinstance(value, str):
            return value
        if unit == "amount":
            return currency.format(value)
        if unit == "percent":
            return self.env._("%(share)s %%", share=formatLang(self.env, value, 0))
        if unit == "days":
            return self.env._("%(days)s days", days=int(value))
        return str(int(value))

    # === BANNER ===#

    @api.model
    def _describe(self, verdict, company):
        """Return reasons and cures of a verdict in words."""
        currency = company.currency_id
        return {
            "reasons": self._describe_reasons(verdict["reasons"], currency),
            "cures": self._describe_cures(verdict["cures"], currency),
        }

    def _get_banner(self):
        """Return what the order form shows of its hold; nothing without one."""
        if not self:
            return {}
        self.ensure_one()
        waiting = self.state in ("active", "rejected")
        facts = self._describe(self, self.company_id)
        return {
            "level": "danger" if waiting else "info",
            "title": self._get_banner_title(),
            "note": self._get_banner_note(),
            "reasons": facts["reasons"] if waiting else [],
            "cures": facts["cures"] if self.state == "active" else [],
            "can_request": waiting,
        }

    def _get_banner_title(self):
        if self.state == "active":
            titles = {
                "limit": self.env._("Only a part is supplied"),
                "prepay": self.env._(
                    "Supply waits for prepayment: received %(received)s of %(amount)s",
                    received=self.currency_id.format(self.amount_received),
                    amount=self.currency_id.format(self.amount),
                ),
                "hold": self.env._("Supply waits"),
                "refuse": self.env._("This order cannot be confirmed"),
            }
            return titles[self.strength]
        return self._get_news()

    def _get_banner_note(self):
        """Return whose turn it is."""
        if self.state != "active" or not self.waits_for:
            return ""
        if self.waits_for == "rep":
            return self.env._(
                "The credit controller asks: %(question)s", question=self.question or ""
            )
        if self.waits_for == "second":
            return self.env._(
                "Released by %(user)s, a second person has to confirm.",
                user=self.first_by_id.name,
            )
        if self.asked_at:
            return self.env._(
                "%(user)s asked for release on %(date)s.",
                user=self.asked_by_id.name,
                date=format_date(self.env, self.asked_at),
            )
        return self.env._(
            "%(user)s decides.", user=self.controller_id.name or self.env._("Nobody")
        )


def _merge(reasons):
    """Return one reason for each thing measured, by the rule that allows most.

    Days overdue above 0 say nothing beside days overdue above 30.
    """
    merged = {}
    for reason in reasons:
        key = reason["code"], str(reason["measured"])
        kept = merged.get(key)
        if kept is None or _limit(reason) > _limit(kept):
            merged[key] = reason
    return list(merged.values())


def _limit(reason):
    threshold = reason["threshold"]
    return threshold if isinstance(threshold, int | float) else 0.0
