from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.sale_collection.tools.promise import split_oldest
from odoo.addons.sale_collection.tools.window import open_dialog

#: Percent of what was chosen that a promise is for, at least. Kept ones are counted,
#: and many of a cent would make a customer reliable.
LEAST_PROMISED = 10


class SaleCollectionOpenItem(models.Model):
    """What a customer pays without login, or promises and disputes in part."""

    _inherit = "sale.collection.open.item"

    def action_link_to_pay(self):
        """Show the link: core's own pays one invoice, this one any instalments."""
        self.check_access("read")
        profile = self._get_one_profile()
        return open_dialog(
            self.env._("Payment link"),
            "sale.collection.pay.link",
            default_profile_id=profile.id,
            default_line_ids=self.line_id.ids,
        )

    # === PARTS OF WHAT IS OPEN ===#

    def _split_amount(self, amount, opens):
        """Return {open item: its part of an amount}, the oldest first.

        :param float amount: in the one currency of these items
        :param dict opens: {open item: what is open of it, in that currency}
        :raise UserError: no amount, or more than is open, naming the field
        """
        [currency] = self.currency_id
        items = self.sorted(lambda item: (item.date_due, item.id))
        most = currency.round(sum(opens.values()))
        rounded = currency.round(amount) if 0 < amount <= most else 0.0
        if not rounded:
            raise UserError(
                self.env._(
                    "Amount: please enter more than 0 and at most %(most)s.",
                    most=currency._collection_format(most),
                )
            )
        parts = split_oldest(
            rounded, [opens[item] for item in items], currency.decimal_places
        )
        return {item: part for item, part in zip(items, parts, strict=True) if part}

    def _convert_part(self, part):
        """Return a part of what is open in the company's currency."""
        self.ensure_one()
        return self.company_currency_id.round(self.amount * part / self.amount_currency)

    def _prepare_promised(self, amount):
        """Return what a promise says that pays a part of these instalments.

        :param float amount: in the one currency of these items
        :raise UserError: no amount, too little or too much, naming the field
        """
        opens = {item: item.amount_currency for item in self}
        parts = self._split_amount(amount, opens)
        [currency] = self.currency_id
        least = self._get_least_promised()
        if currency.compare_amounts(sum(parts.values()), least) < 0:
            raise UserError(
                self.env._(
                    "Amount: please promise at least %(least)s, or call us.",
                    least=currency._collection_format(least),
                )
            )
        return {
            "amount": sum(item._convert_part(part) for item, part in parts.items()),
            "split": "oldest",
            "allocation_ids": [
                Command.create({"line_id": item.line_id.id}) for item in parts
            ],
        }

    def _get_least_promised(self):
        """Return the least that is promised of these instalments, in their currency."""
        total = sum(self.mapped("amount_currency"))
        return self.currency_id.round(total * LEAST_PROMISED / 100)

    def _prepare_disputed(self, amount=None):
        """Return the lines of a dispute over a part of these instalments.

        :param float amount: in the one currency of these items; without it, all that is
            not in dispute yet
        """
        if amount is None:
            return [Command.create({"line_id": item.line_id.id}) for item in self]
        parts = self._split_amount(amount, self._collect_undisputed())
        return [
            Command.create(
                {
                    "line_id": item.line_id.id,
                    "amount": min(
                        item._convert_part(part), item.amount - item.amount_disputed
                    ),
                }
            )
            for item, part in parts.items()
        ]

    def _collect_undisputed(self):
        """Return {open item: what is not in dispute yet, in its currency}."""
        return {
            item: item.currency_id.round(
                item.amount_currency * (1 - item.amount_disputed / item.amount)
            )
            for item in self
            if item.amount > 0
        }
