from odoo import models
from odoo.tools import SQL

from .sql import is_one_sql


class SaleCollectionOneCurrency(models.AbstractModel):
    """A report whose amounts add up within one currency only.

    Companies keep their books in different currencies: a group that holds two of them
    has no sum. Lists and pivots then show it converted, by core's `sum_currency`.
    """

    _name = "sale.collection.one.currency"
    _description = "Amounts of one currency"

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS base
        found = super()._read_group_select(aggregate_spec, query)
        name, _separator, func = aggregate_spec.partition(":")
        field = self._fields.get(name)
        if func != "sum" or not field or field.type != "monetary":
            return found
        currency = field.get_currency_field(self)
        return SQL(
            "CASE WHEN %s THEN %s END",
            is_one_sql(self._field_to_sql(self._table, currency, query)),
            found,
        )
