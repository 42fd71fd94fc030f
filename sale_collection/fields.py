"""Numbers that may be unknown.

Odoo reads an empty number as 0, which says something else: 0 days late is a good
payer, no days late is a customer nobody has seen pay.
"""

from odoo import fields


class OptionalNumber:
    """Keep an empty column empty: False in records, nothing on screen."""

    falsy_value = None

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column_insert(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if value is None or value is False else value


class OptionalFloat(OptionalNumber, fields.Float):
    """A float that may be unknown."""


class OptionalMonetary(OptionalNumber, fields.Monetary):
    """An amount that may be unknown."""
