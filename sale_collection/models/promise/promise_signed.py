from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date


class SaleCollectionPromiseSigned(models.AbstractModel):
    """What a customer signs of its promise."""

    _name = "sale.collection.promise.signed"
    _inherit = "sale.collection.signed"
    _description = "Promise the customer signs"

    def _get_text_to_sign(self):
        if self.state != "open":
            raise UserError(
                self.env._("A customer signs a promise that is open. Confirm it first.")
            )
        texts = [self._get_word()]
        if self.waives_rest:
            texts.append(
                self.env._(
                    "When all of it comes in time, the rest of %(amount)s is waived.",
                    amount=self.currency_id._collection_format(self.waiver_amount),
                )
            )
        return " ".join(texts)

    def _get_word(self):
        """Return in one sentence what the customer promises."""
        given = {
            "customer": self.partner_id.name,
            "amount": self.currency_id._collection_format(self.amount),
            "date": format_date(self.env, self.date or self.first_date),
        }
        if self.kind == "plan":
            return self.env._(
                "%(customer)s promises to pay %(amount)s in %(count)s payments, the "
                "last on %(date)s.",
                count=len(self.plan_line_ids),
                **given,
            )
        if self.kind == "standing":
            return self.env._(
                "%(customer)s promises to pay %(amount)s each time, by the terms of "
                "%(promise)s.",
                promise=self.name,
                **given,
            )
        return self.env._(
            "%(customer)s promises to pay %(amount)s by %(date)s.", **given
        )
