from odoo import fields, models
from odoo.tools import SQL

from ...models.core.sql import is_one_sql
from ...models.promise.promise_support import KINDS

# Rates, as (sum to divide, sum to divide by).
RATES = {
    "money_per_cost": ("amount_supported", "cost"),
    "supported_share": ("amount_supported", "amount"),
}


class SaleCollectionSupportReport(models.Model):
    """What support cost and what money came with it, beside all money of customers.

    One row for each row of money in the ledger, and one for each support given or to
    be given, with its cost. Money came with support when it came in time on an
    instalment that was promised with it; several of one promise share the money by
    what they cost.
    """

    _name = "sale.collection.support.report"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Support and money"
    _auto = False
    _order = "date desc, id"
    _rec_name = "partner_id"
    _depends = {
        "sale.collection.promise": ["date", "grace_days", "made_on"],
        "sale.collection.promise.allocation": ["line_ref", "receipt_mark"],
        "sale.collection.promise.support": [
            "cost",
            "date_due",
            "given_on",
            "kind",
            "promise_id",
            "state",
        ],
        "sale.collection.receipt": [
            "amount",
            "counterpart_ref",
            "date",
            "kind",
            "line_ref",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    promise_id = fields.Many2one("sale.collection.promise", readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    kind = fields.Selection(KINDS, string="Support", readonly=True)
    date = fields.Date(readonly=True, help="The day of the money, or of the support.")
    amount = fields.Monetary(
        string="Money",
        readonly=True,
        help="Money received, with and without support.",
    )
    amount_supported = fields.Monetary(
        string="Money with support",
        readonly=True,
        help="In time, on instalments promised with support that was given or is owed.",
    )
    cost = fields.Monetary(
        string="Cost of support",
        readonly=True,
        help="Of support released or given, on the day it was given or is due.",
    )
    money_per_cost = fields.Float(
        string="Money per cost",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Money with support for each unit that the support cost.",
    )
    supported_share = fields.Float(
        string="Share with support",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of the money that came only with support, 0 to 1.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH support AS (%(support)s),
            bound AS (%(bound)s)
            SELECT receipt.id::bigint * 1000 + COALESCE(support.number, 0) AS id,
                   receipt.company_id, receipt.partner_id, bound.promise_id,
                   COALESCE(promise.user_id, profile.user_id) AS user_id,
                   support.kind, receipt.date,
                   receipt.amount * COALESCE(support.share, 1) AS amount,
                   CASE WHEN bound.promise_id IS NOT NULL
                        THEN receipt.amount * support.share ELSE 0 END
                       AS amount_supported,
                   0.0 AS cost, NULL::float8 AS money_per_cost,
                   NULL::float8 AS supported_share
              FROM sale_collection_receipt receipt
              JOIN res_company company ON company.id = receipt.company_id
         LEFT JOIN bound ON bound.receipt_id = receipt.id
         LEFT JOIN support ON support.promise_id = bound.promise_id
         LEFT JOIN sale_collection_promise promise ON promise.id = bound.promise_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = receipt.partner_id
               AND profile.company_id = SPLIT_PART(company.parent_path, '/', 1)::int
             WHERE receipt.kind = 'cash'
             UNION ALL
            SELECT -support.id, support.company_id, support.partner_id,
                   support.promise_id, promise.user_id, support.kind,
                   COALESCE(support.given_on, support.date_due), 0.0, 0.0,
                   support.cost, NULL, NULL
              FROM support
              JOIN sale_collection_promise promise ON promise.id = support.promise_id
            """,
            support=self._get_support_sql(),
            bound=self._get_bound_sql(),
        )

    def _get_support_sql(self):
        """Select support given or to be given, with its share of its promise."""
        return SQL(
            """
            SELECT own.*, ROW_NUMBER() OVER (PARTITION BY promise_id ORDER BY id)
                       AS number,
                   CASE WHEN SUM(cost) OVER same > 0
                        THEN cost / SUM(cost) OVER same
                        ELSE 1.0 / COUNT(*) OVER same END AS share
              FROM sale_collection_promise_support own
             WHERE state IN ('released', 'given')
            WINDOW same AS (PARTITION BY promise_id)
            """
        )

    def _get_bound_sql(self):
        """Select `receipt_id` and `promise_id` of money that came with support.

        As promises are judged: what was known before counts for none, nor what came
        after the grace. Of several promises the last one counts.
        """
        return SQL(
            """
            SELECT DISTINCT ON (money.id) money.id AS receipt_id,
                   promise.id AS promise_id
              FROM sale_collection_promise promise
              JOIN sale_collection_promise_allocation part
                ON part.promise_id = promise.id
        CROSS JOIN LATERAL (
                   SELECT id, kind, date,
                          MIN(id) OVER (PARTITION BY counterpart_ref) AS first_id
                     FROM sale_collection_receipt
                    WHERE line_ref = part.line_ref) money
             WHERE promise.id IN (SELECT promise_id FROM support)
               AND money.kind = 'cash'
               AND money.date <= promise.date + promise.grace_days
               AND (money.first_id > part.receipt_mark
                    OR money.date > promise.made_on)
          ORDER BY money.id, promise.id DESC
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS base: a rate of a group divides its sums, in one currency
        name, _separator, func = aggregate_spec.partition(":")
        if name not in RATES or func != "avg":
            return super()._read_group_select(aggregate_spec, query)
        part, whole, currency = (
            self._field_to_sql(self._table, column, query)
            for column in (*RATES[name], "currency_id")
        )
        return SQL(
            "CASE WHEN %s THEN SUM(%s) / NULLIF(SUM(%s), 0) END",
            is_one_sql(currency),
            part,
            whole,
        )

    # === ACTIONS ===#

    def action_open_promise(self):
        """Open the promise that was supported."""
        self.ensure_one()
        return self.promise_id.get_formview_action()
