from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# First days of the bands, the oldest first.
AGES = [(91, "4_over_90"), (31, "3_to_90"), (8, "2_to_30"), (0, "1_to_7")]


class SaleCollectionDispute(models.Model):
    """How long disputes have been open, or were until they were closed."""

    _inherit = "sale.collection.dispute"

    age = fields.Selection(
        [
            ("1_to_7", "Up to 7 days"),
            ("2_to_30", "8-30 days"),
            ("3_to_90", "31-90 days"),
            ("4_over_90", "Over 90 days"),
        ],
        compute="_compute_age",
        search="_search_age",
        help="From its opening to today, or to the day it was closed.",
    )

    @api.depends("days_open")
    def _compute_age(self):
        for dispute in self:
            dispute.age = next(key for first, key in AGES if dispute.days_open >= first)

    @api.model
    def _search_age(self, operator, value):
        if operator != "in":
            return NotImplemented
        value = [key for key in value if key]
        if not value:
            # Every dispute has an age.
            return Domain.FALSE
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "age", query), tuple(value)
            ),
            predicate=lambda dispute: dispute.age in value,
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        # EXTENDS base: lists and pivots group by it
        if field_expr != "age":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "CASE %s END",
            SQL(" ").join(
                SQL(
                    "WHEN COALESCE(%s, %s) - %s >= %s THEN %s",
                    self._field_to_sql(alias, "date_closed", query),
                    self.env.company.sudo().root_id._collection_today(),
                    self._field_to_sql(alias, "date", query),
                    first,
                    key,
                )
                for first, key in AGES
            ),
        )
