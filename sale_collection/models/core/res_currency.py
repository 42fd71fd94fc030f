from collections import Counter
from functools import partial

from odoo import api, models
from odoo.tools import float_round, ormcache


class ResCurrency(models.Model):
    """A dollar is not a dollar: signs that two currencies share need a code."""

    _inherit = "res.currency"

    def _collection_format(self, amount):
        """Return an amount with its sign, and the code where others share the sign."""
        self.ensure_one()
        text = self.format(amount)
        is_shared = self.symbol in self._collection_get_shared_signs()
        return f"{text} {self.name}" if is_shared else text

    def _collection_get_rounding(self):
        """Return the function `round` is, for thousands of amounts at a time.

        That one reads the currency anew for each.
        """
        self.ensure_one()
        return partial(float_round, precision_rounding=self.rounding)

    @api.model
    def _collection_format_sum(self, amounts):
        """Return amounts that cannot be added as one text: `$ 5.00 + 3.00 €`.

        :param dict amounts: {currency: amount}; what is nothing is left out
        """
        return " + ".join(
            currency._collection_format(amount)
            for currency, amount in amounts.items()
            if not currency.is_zero(amount)
        )

    @api.model
    @ormcache(cache="stable")
    def _collection_get_shared_signs(self):
        """Return the signs that several currencies in use have."""
        counts = Counter(self.sudo().search([("active", "=", True)]).mapped("symbol"))
        return frozenset(sign for sign, count in counts.items() if count > 1)
