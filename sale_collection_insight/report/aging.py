from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.report.profile.aging import DAY_KEYS


class SaleCollectionAging(models.Model):
    """The provision that open debts would need, by the class of their age."""

    _inherit = "sale.collection.aging"
    _depends = {"sale.collection.debt.class": ["from_days", "percent"]}

    class_id = fields.Many2one(
        "sale.collection.debt.class",
        string="Bad-debt class",
        readonly=True,
        depends_context=DAY_KEYS,
        help="By the days past the due date on the day of the report.",
    )
    provision = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        depends_context=DAY_KEYS,
        help="Open amount x percentage of its class. A preview: nothing is booked.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT aging.*, %(id)s AS class_id,
                   ROUND(aging.amount * %(percent)s::numeric / 100,
                         currency.decimal_places) AS provision
              FROM (%(aging)s) aging
              JOIN res_currency currency ON currency.id = aging.company_currency_id
            """,
            id=self._get_class_sql("id"),
            percent=self._get_class_sql("percent"),
            aging=super()._table_query,
        )

    @api.model
    def _get_class_sql(self, name):
        """Return a value of the class of a debt: nothing is read unless asked for."""
        return SQL(
            """(SELECT %s FROM sale_collection_debt_class
                 WHERE aging.amount > 0
                   AND from_days <= GREATEST(
                       aging.date_base + aging.age - aging.date_due, 0)
                 ORDER BY from_days DESC LIMIT 1)""",
            SQL.identifier(name),
        )
