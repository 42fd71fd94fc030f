from odoo import api, models


class SaleCollectionHold(models.Model):
    """The words for what would let an order go."""

    _inherit = "sale.collection.hold"

    @api.model
    def _describe_cures(self, cures, currency):
        """Return one line for each way out, those that need not more first.

        :param cures: dicts with `kind`, `amount`, `documents` and `complete`
        :param currency: of the amounts
        """
        lines = []
        for cure in cures or ():
            line = self._describe_cure(cure, currency)
            if not cure["complete"]:
                line = self.env._("%(cure)s (not enough alone)", cure=line)
            lines.append(line)
        return lines

    @api.model
    def _describe_cure(self, cure, currency):
        amount = currency.format(cure["amount"])
        documents = ", ".join(row["name"] for row in cure["documents"])
        if cure["kind"] == "pay" and documents:
            return self.env._(
                "Customer pays %(amount)s: %(documents)s",
                amount=amount,
                documents=documents,
            )
        if cure["kind"] == "term":
            return self.env._(
                "Payment terms of at most %(days)s days", days=int(cure["amount"])
            )
        return self._get_cure_texts(amount)[cure["kind"]]

    @api.model
    def _get_cure_texts(self, amount):
        return {
            "pay": self.env._("Customer pays %(amount)s", amount=amount),
            "limit": self.env._("%(amount)s more credit limit", amount=amount),
            "prepay": self.env._("Customer prepays %(amount)s", amount=amount),
            "reduce": self.env._("An order smaller by %(amount)s", amount=amount),
            "review": self.env._("An approved credit review"),
            "release": self.env._("Release by a credit controller"),
        }
