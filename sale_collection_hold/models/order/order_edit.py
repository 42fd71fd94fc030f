from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import AccessError

from ...tools.hold_facts import WAITING

# A change of these makes a confirmed order another promise to the same customer, or
# the same to another one.
JUDGED_FIELDS = {"partner_id", "partner_invoice_id", "payment_term_id"}


class SaleCollectionOrderEdit(models.AbstractModel):
    """Judge a confirmed order that was changed: once, after the whole change.

    What is edited and what is being saved is kept with the transaction; whoever asks
    in between whether supply waits gets an order judged first, unless it is being
    saved: halfway through it may have a total that nobody entered.
    """

    _name = "sale.collection.order.edit"
    _description = "Edits of confirmed orders"

    @api.model
    def _get_edits(self):
        """Return {order id: (total before, whether a refusal may be raised)} of orders
        not judged yet; the total is None where growth does not matter."""
        return self.env.cr.precommit.data.setdefault("sale_collection.edits", {})

    @api.model
    def _get_saves(self):
        """Return {order id: {line id: quantity before}} of orders being saved: the
        lines whose supply is put off until then."""
        return self.env.cr.precommit.data.setdefault("sale_collection.saves", {})

    @api.model
    def _note(self, orders, always=False):
        """Keep the totals of confirmed orders about to be edited.

        :param bool always: judge them also where they do not grow
        """
        edits = self._get_edits()
        refusing = orders._collection_may_refuse()
        for order in orders.sudo():
            if order.state == "sale":
                before = edits.get(order.id, (order.amount_total, refusing))
                edits[order.id] = (None, before[1]) if always else before

    @api.model
    def _settle(self, orders):
        """Judge those of these orders that were edited and have grown."""
        edits = self._get_edits()
        if not edits:
            return
        saves = self._get_saves()
        todo = [id_ for id_ in orders.ids if id_ in edits and id_ not in saves]
        noted = {id_: edits.pop(id_) for id_ in todo}
        grown = orders.browse(noted).filtered(
            lambda order: self._has_grown(order, noted[order.id][0])
        )
        for refusing, group in grown.grouped(lambda o: noted[o.id][1]).items():
            self._judge(group, refusing)

    @api.model
    def _has_grown(self, order, before):
        """Return whether a confirmed order is larger than before, or was moved."""
        return order.state == "sale" and (
            before is None
            or order.currency_id.compare_amounts(order.amount_total, before) > 0
        )

    @contextmanager
    def _save_whole(self, orders, vals):
        """Judge the confirmed ones of these orders after all of a save is written."""
        moved = not JUDGED_FIELDS.isdisjoint(vals)
        saves = self._get_saves()
        saving = orders.filtered(
            lambda order: (
                (moved or "order_line" in vals)
                and order.state == "sale"
                and order.id not in saves
            )
        )
        self._note(saving, always=moved)
        saves.update((id_, {}) for id_ in saving.ids)
        put_off = {}
        try:
            yield
        finally:
            for id_ in saving.ids:
                put_off |= saves.pop(id_, {})
        self._settle(saving)
        self._launch(put_off)

    @api.model
    def _launch(self, quantities):
        """Launch the lines put off; nothing is launched without stock.

        :param quantities: {line id: quantity before}
        """

    @api.model
    def _judge(self, orders, refusing):
        """Judge changed orders like new ones: what they grew by comes last.

        The controller is told where a person changed an order whose goods have left
        and would have to wait now.
        """
        judged = orders._collection_judge_now(refusing=refusing)
        orders = orders.sudo()
        orders._collection_apply(judged)
        if refusing:
            stopped = {
                order: judged[order.id]
                for order in orders
                if order.id in judged and judged[order.id].strength in WAITING
            }
            self.env["sale.collection.hold.news"]._tell_gone(stopped)


def drop_fields(records, vals_list, names):
    """Return the records and values without these fields, nor defaults for them."""
    context = records.env.context
    defaults = {f"default_{name}" for name in names}
    if not defaults.isdisjoint(context):
        kept = {key: value for key, value in context.items() if key not in defaults}
        records = records.with_env(records.env(context=kept))
    if any(not names.isdisjoint(vals) for vals in vals_list):
        vals_list = [
            {name: value for name, value in vals.items() if name not in names}
            for vals in vals_list
        ]
    return records, vals_list


def make_field_error(records, name):
    """Return the error for a field of orders that only the system writes."""
    return AccessError(
        records.env._(
            "“%(field)s” of an order is set by the system, as supply rules judge by "
            "it. It cannot be changed by hand.",
            field=records._fields[name].get_description(records.env)["string"],
        )
    )
