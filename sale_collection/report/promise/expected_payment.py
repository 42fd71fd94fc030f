from odoo import api, fields, models
from odoo.tools import SQL

# The week from this one on that each group of the forecast ends before.
WEEKS = ((1, "week_0"), (2, "week_1"), (3, "week_2"), (4, "week_3"), (8, "week_4"))


class SaleCollectionExpectedPayment(models.Model):
    """Open money of customers, by the day on which it is expected.

    What is promised for the day promised, a plan for each of its days; the rest for
    the day that the customer's habit points to. Where that day has passed and nothing
    is promised no day can be told.
    """

    _name = "sale.collection.expected.payment"
    _inherit = ["sale.collection.open.item"]
    _description = "Expected payment"
    _auto = False
    _depends = {
        "sale.collection.promise": [
            "amount_received",
            "date",
            "kind",
            "state",
            "waives_rest",
        ],
        "sale.collection.promise.allocation": [
            "amount",
            "is_live",
            "line_ref",
            "waived",
        ],
        "sale.collection.promise.line": ["amount", "date", "state"],
    }

    date_predicted = fields.Date(
        string="Expected on",
        help="The day promised, else the day this customer usually pays on. Empty "
        "where that has passed.",
    )
    is_promised = fields.Boolean(string="Promised", readonly=True)
    expected_in = fields.Selection(
        [
            ("overdue", "Overdue, nothing promised"),
            ("week_0", "This week"),
            ("week_1", "Next week"),
            ("week_2", "In 2 weeks"),
            ("week_3", "In 3 weeks"),
            ("week_4", "In 4 to 7 weeks"),
            ("week_8", "Later"),
        ],
        string="Expected",
        readonly=True,
    )

    # === QUERY ===#

    @property
    def _table_query(self):
        # OVERRIDE: each instalment in the parts it is expected in
        return SQL(
            """
            WITH promised AS MATERIALIZED (%(promised)s),
            now AS (%(todays)s)
            SELECT %(kept)s, item.id::bigint * 1000 + part.number AS id, part.amount,
                   CASE WHEN item.days_overdue > 0 THEN part.amount ELSE 0 END
                       AS amount_overdue,
                   item.amount_currency * part.amount / item.amount AS amount_currency,
                   part.day AS date_predicted, part.number > 0 AS is_promised,
                   CASE WHEN part.day IS NULL THEN 'overdue' %(weeks)s
                        ELSE 'week_8' END AS expected_in
              FROM (%(items)s) item
              JOIN now ON now.company_id = item.company_id
        CROSS JOIN LATERAL (
                   SELECT number, amount, GREATEST(day, now.today) AS day
                     FROM promised WHERE line_id = item.line_id AND day IS NOT NULL
                    UNION ALL
                   SELECT 0, item.amount - COALESCE(SUM(amount), 0),
                          item.date_predicted
                     FROM promised WHERE line_id = item.line_id) part
        CROSS JOIN LATERAL (
                   SELECT (DATE_TRUNC('week', part.day)::date
                           - DATE_TRUNC('week', now.today)::date) / 7 AS week) ahead
             WHERE part.amount > 0.0005
            """,
            promised=self._get_promised_parts_sql(),
            todays=self._get_todays_query(),
            kept=self._get_kept_columns(),
            weeks=SQL(" ").join(
                SQL("WHEN ahead.week < %s THEN %s", week, name) for week, name in WEEKS
            ),
            items=super()._table_query,
        )

    @api.model
    def _get_kept_columns(self):
        """Return the columns that each part has from its instalment."""
        items = self.env["sale.collection.open.item"]
        split = {"id", "amount", "amount_overdue", "amount_currency", "date_predicted"}
        return SQL(", ").join(
            SQL.identifier("item", name)
            for name, field in items._fields.items()
            if field.store and field.column_type and name not in split
        )

    @api.model
    def _get_promised_parts_sql(self):
        """Select the parts of instalments that are promised, by the day promised.

        What a plan waives has no day: it is not expected.
        """
        allocations = self.env["sale.collection.promise.allocation"]
        covers = [
            allocations._get_cover_query(
                company, company._collection_today(), due_before="infinity"
            )
            for company in self.env.companies.sudo().root_id
        ]
        return SQL(
            """
            SELECT part.line_ref AS line_id, payment.day,
                   cover.amount * COALESCE(payment.share * part.amount, part.waived)
                       / NULLIF(part.amount + COALESCE(part.waived, 0), 0) AS amount,
                   ROW_NUMBER() OVER (
                       PARTITION BY part.line_ref ORDER BY payment.day) AS number
              FROM (%s) cover
              JOIN sale_collection_promise_allocation part
                ON part.line_ref = cover.line_ref AND part.is_live
              JOIN (
                    SELECT id AS promise_id, date AS day, 1.0 AS share
                      FROM sale_collection_promise WHERE kind = 'single'
                     UNION ALL
                    SELECT promise_id, date,
                           amount / SUM(amount) OVER (PARTITION BY promise_id)
                      FROM sale_collection_promise_line WHERE state = 'open'
                     UNION ALL
                    SELECT id, NULL, NULL
                      FROM sale_collection_promise WHERE waives_rest
                   ) payment ON payment.promise_id = part.promise_id
            """,
            SQL(" UNION ALL ").join(covers),
        )
