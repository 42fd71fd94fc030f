from odoo import api, models
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
            for reason in reasons or ()
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
