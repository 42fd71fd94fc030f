from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalMonetary

from ..tools.forecast import (
    ASSUMED_MARGIN,
    ENOUGH_WEEKS,
    HIGH,
    LAST_AGE,
    LOW,
    WEEKS,
    spread_overdue,
)

# Each expected payment has room for so many parts: the weeks, what comes later, and
# what is promised but not counted on.
STRIDE = 16
KINDS = [
    ("promised", "Promised"),
    ("predicted", "By habit"),
    ("overdue", "Overdue, no day known"),
]
BASES = [
    ("own", "Own forecasts"),
    ("spread", "Reliability of promises"),
    ("assumed", "Assumption"),
]
# Customers with judged promises from which their reliability has a spread.
ENOUGH_CUSTOMERS = 5
# Columns of an expected payment that its parts have each for themselves.
PARTED = {"id", "amount", "amount_overdue", "amount_currency"}


class SaleCollectionForecastLine(models.Model):
    """Open money of customers in the parts and weeks in which it is expected.

    Of what is promised, the part that the customer's promises are worth in the week
    promised; what is predicted, in the week its customer usually pays; of what is
    overdue and has no such day, each week the part that debts of that age bring by the
    recovery curve of the company. The rest comes later or never: all parts together
    are what is open.
    """

    _name = "sale.collection.forecast.line"
    _inherit = ["sale.collection.expected.payment"]
    _description = "Part of the cash forecast"
    _auto = False
    _order = "week, date_due, id"
    _depends = {
        "sale.collection.forecast": ["amount", "amount_came", "weeks_ahead"],
        "sale.collection.profile": ["promise_kept_ratio"],
        "sale.collection.promise": ["amount", "expected_amount"],
    }

    week = fields.Date(
        readonly=True,
        help="Monday of the week, of the 13 from this one on. Empty: later or never.",
    )
    kind = fields.Selection(
        KINDS,
        string="Expected as",
        readonly=True,
        help="Promised: the amount times how reliable the customer's promises are. By "
        "habit: on the day the customer usually pays. Overdue, no day known: what "
        "debts of that age bring week by week, by the company's own recovery curve; "
        "until there is one, within a year 80 % of what is up to two years old, 20 % "
        "of what is older.",
    )
    amount = fields.Monetary(
        string="Expected amount",
        help="What of the open amount is expected in that week, see Expected as.",
    )
    amount_low = OptionalMonetary(
        string="At least",
        readonly=True,
        currency_field="company_currency_id",
        help="In 9 of 10 weeks more came. By how far the company's own forecasts were "
        "off for so many weeks ahead, once 8 weeks were compared; until then by how "
        "much the reliability of promises differs from customer to customer, else "
        "half.",
    )
    amount_high = OptionalMonetary(
        string="At most",
        readonly=True,
        currency_field="company_currency_id",
        help="In 9 of 10 weeks less came. By how far the company's own forecasts were "
        "off for so many weeks ahead, once 8 weeks were compared; until then by how "
        "much the reliability of promises differs from customer to customer, else by "
        "half more.",
    )
    basis = fields.Selection(
        BASES, string="Range from", readonly=True, help="What the range goes by."
    )

    # === QUERY ===#

    @property
    def _table_query(self):
        # OVERRIDE: each expected payment in the weeks it comes in
        return SQL(
            """
            WITH company AS MATERIALIZED (%(companies)s),
            share AS MATERIALIZED (%(shares)s),
            margin AS MATERIALIZED (%(margins)s)
            SELECT %(kept)s, item.id * %(stride)s + part.slot AS id, part.amount,
                   CASE WHEN item.days_overdue > 0 THEN part.amount ELSE 0 END
                       AS amount_overdue,
                   item.amount_currency * part.amount / item.amount AS amount_currency,
                   CASE WHEN item.is_promised THEN 'promised'
                        WHEN item.date_predicted IS NOT NULL THEN 'predicted'
                        ELSE 'overdue' END AS kind,
                   CASE WHEN part.slot < %(weeks)s
                        THEN company.monday + 7 * part.slot END AS week,
                   ROUND(part.amount * margin.low, company.decimals) AS amount_low,
                   ROUND(part.amount * margin.high, company.decimals) AS amount_high,
                   margin.basis
              FROM (%(items)s) item
              JOIN company ON company.id = item.company_id
         LEFT JOIN share ON share.root_id = company.root_id
               AND share.age = LEAST(item.days_overdue / 7, %(last_age)s)
        CROSS JOIN LATERAL (%(parts)s) part
         LEFT JOIN margin
                ON margin.root_id = company.root_id AND margin.week = part.slot
             WHERE ABS(part.amount) > 0.0005
            """,
            companies=self._get_company_query(),
            shares=self._get_share_query(),
            margins=self._get_margin_query(),
            kept=self._get_item_columns(),
            last_age=LAST_AGE,
            stride=STRIDE,
            weeks=WEEKS,
            items=super()._table_query,
            parts=self._get_part_query(),
        )

    @api.model
    def _get_item_columns(self):
        """Return the columns that each part has from its expected payment."""
        payments = self.env["sale.collection.expected.payment"]
        return SQL(", ").join(
            SQL.identifier("item", name)
            for name, field in payments._fields.items()
            if field.store and field.column_type and name not in PARTED
        )

    @api.model
    def _get_company_query(self):
        """Return id, root, this Monday and decimals of the user's companies."""
        todays = self.env.companies._collection_todays()
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT %s::int AS id, %s::int AS root_id,
                          DATE_TRUNC('week', %s::date)::date AS monday,
                          %s::int AS decimals""",
                company.id,
                company.root_id.id,
                todays[company.id],
                company.currency_id.decimal_places,
            )
            for company in self.env.companies
        )

    @api.model
    def _get_part_query(self):
        """Return the parts of an `item`: their slot and their amount."""
        return SQL(
            """
            SELECT LEAST((DATE_TRUNC('week', item.date_predicted)::date
                          - company.monday) / 7, %(weeks)s) AS slot, trusted.amount
              FROM (%(trusted)s) trusted
             WHERE item.date_predicted IS NOT NULL
             UNION ALL
            SELECT %(weeks)s + 1, item.amount - trusted.amount
              FROM (%(trusted)s) trusted
             WHERE item.is_promised
             UNION ALL
            SELECT pair.number::int - 1,
                   CASE WHEN pair.number <= %(weeks)s
                        THEN ROUND(item.amount * pair.until, company.decimals)
                        ELSE item.amount END
                   - ROUND(item.amount * pair.since, company.decimals)
              FROM UNNEST(share.since, share.until)
                   WITH ORDINALITY AS pair (since, until, number)
             WHERE item.date_predicted IS NULL
            """,
            weeks=WEEKS,
            trusted=self._get_trusted_query(),
        )

    @api.model
    def _get_trusted_query(self):
        """Return what to count on of an `item`: all of it where nobody promised."""
        return SQL(
            """
            SELECT COALESCE(ROUND(item.amount * (
                       SELECT promise.expected_amount / NULLIF(promise.amount, 0)
                         FROM sale_collection_promise_allocation live
                         JOIN sale_collection_promise promise
                           ON promise.id = live.promise_id
                        WHERE item.is_promised AND live.is_live
                          AND live.line_ref = item.line_id),
                   company.decimals), item.amount) AS amount
            """
        )

    @api.model
    def _get_share_query(self):
        """Return by age what of overdue money has come before and after each week.

        Ages in whole weeks; one week more than there are stands for later or never.
        """
        rows = [
            (root.id, age, week, *pair)
            for root in self.env.companies.sudo().root_id
            for age, pairs in enumerate(self._get_shares(root))
            for week, pair in enumerate(pairs)
        ]
        return SQL(
            """
            SELECT root_id, age, ARRAY_AGG(since ORDER BY week) AS since,
                   ARRAY_AGG(until ORDER BY week) AS until
              FROM UNNEST(%s::int[], %s::int[], %s::int[], %s::numeric[],
                          %s::numeric[]) AS pair (root_id, age, week, since, until)
          GROUP BY root_id, age
            """,
            *map(list, zip(*rows, strict=True)),
        )

    @api.model
    def _get_shares(self, root):
        """Return the parts of each age that come week by week, for a root company.

        The curve is read once in a transaction: it goes by years of money.
        """
        today = root._collection_today()
        cache = self.env.cr.cache.setdefault("sale_collection_forecast", {})
        key = (root.id, today)
        if key not in cache:
            curve = root._get_recovery_curve(today)
            cache[key] = [
                spread_overdue(curve, 7 * age, today) for age in range(LAST_AGE + 1)
            ]
        return cache[key]

    @api.model
    def _get_margin_query(self):
        """Return how far a week's money may be off, by root company and week ahead.

        What came of the company's own forecasts, the 8 of 10 weeks in the middle; else
        by the spread of the reliability of its customers' promises.
        """
        return SQL(
            """
            SELECT root.root_id, ahead.week,
                   GREATEST(0, COALESCE(
                       own.low, 1 - trust.spread, 1 - %(assumed)s))::numeric AS low,
                   COALESCE(
                       own.high, 1 + trust.spread, 1 + %(assumed)s)::numeric AS high,
                   CASE WHEN own.low IS NOT NULL THEN 'own'
                        WHEN trust.spread IS NOT NULL THEN 'spread'
                        ELSE 'assumed' END AS basis
              FROM (SELECT DISTINCT root_id FROM company) root
        CROSS JOIN GENERATE_SERIES(0, %(last)s) ahead (week)
         LEFT JOIN (
                SELECT company_id, weeks_ahead,
                       LEAST(1, PERCENTILE_CONT(%(low)s) WITHIN GROUP (
                           ORDER BY amount_came / amount)) AS low,
                       GREATEST(1, PERCENTILE_CONT(%(high)s) WITHIN GROUP (
                           ORDER BY amount_came / amount)) AS high
                  FROM sale_collection_forecast
                 WHERE amount_came IS NOT NULL AND amount > 0
              GROUP BY company_id, weeks_ahead
                HAVING COUNT(*) >= %(enough)s
                   ) own
                ON own.company_id = root.root_id AND own.weeks_ahead = ahead.week
         LEFT JOIN (
                SELECT company_id, STDDEV_POP(promise_kept_ratio) AS spread
                  FROM sale_collection_profile
                 WHERE promise_kept_ratio IS NOT NULL
              GROUP BY company_id
                HAVING COUNT(*) >= %(customers)s
                   ) trust ON trust.company_id = root.root_id
            """,
            assumed=ASSUMED_MARGIN,
            last=WEEKS - 1,
            low=LOW,
            high=HIGH,
            enough=ENOUGH_WEEKS,
            customers=ENOUGH_CUSTOMERS,
        )
