from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.figures import NO_BEHAVIOUR, NO_DEBTS, TREND_DAYS, behaviour_figures
from ...tools.scorecard import factor_values

# What the statement below returns of each customer, in this order.
PAST_KEYS = (
    "paid_count",
    "paid_late_count",
    "short_paid_count",
    "paid_amount",
    "paid_days_weight",
    "recent_amount",
    "recent_days_weight",
    "amount_open",
    "amount_late",
    "overdue_days_weight",
    "open_late_count",
    "judged_due_date",
    "first_invoice_date",
)
# Figures whose past is not kept: their factors are left out of a back-test.
FORGOTTEN = {
    "promise_kept_ratio": None,
    "bounced_count": None,
    "exposure": 0.0,
    "limit_total": 0.0,
}


class SaleCollectionPast(models.AbstractModel):
    """Reads how customers stood on a past day, and what then happened."""

    _name = "sale.collection.past"
    _description = "Past figures of customers"

    @api.model
    def _collect_past_factors(self, company, day):
        """Return {partner id: (factors, settled instalments)} as known on a past day.

        An instalment not fully paid by then counts as open with its whole amount.
        """
        behaviour = self.env["sale.collection.behaviour"]
        rows = self.env.execute_query(
            SQL(
                """
                WITH trade AS (%(trade)s),
                known AS (
                    SELECT *, COALESCE(paid <= %(day)s, FALSE) AS settled,
                           COALESCE(paid > %(since)s, FALSE) AS recent
                      FROM trade
                     WHERE issued <= %(day)s
                )
                SELECT partner_id,
                       COUNT(*) FILTER (WHERE settled),
                       COUNT(*) FILTER (WHERE settled AND days_late > %(grace)s),
                       COUNT(*) FILTER (WHERE settled AND short),
                       %(settled_sums)s,
                       %(open_sums)s,
                       COUNT(*) FILTER (
                           WHERE NOT settled AND due + %(grace)s < %(day)s
                       ),
                       MIN(due) FILTER (WHERE NOT settled),
                       MIN(issued)
                  FROM known
                 GROUP BY partner_id
                """,
                trade=behaviour._get_trade_sql(company),
                day=day,
                since=day - timedelta(days=TREND_DAYS),
                grace=company.collection_grace_days,
                settled_sums=self._get_settled_sums(),
                open_sums=self._get_open_sums(day),
            )
        )
        past = {row[0]: dict(zip(PAST_KEYS, row[1:], strict=True)) for row in rows}
        return _judge_factors(past, day)

    @api.model
    def _collect_outcomes(self, company, after, until):
        """Return (partner id, due date, paid date) of the invoices of a window.

        :param after: last day before the window
        :param until: last day of the window; by date of invoice
        """
        behaviour = self.env["sale.collection.behaviour"]
        return self.env.execute_query(
            SQL(
                """
                WITH trade AS (%s)
                SELECT partner_id, due, paid
                  FROM trade
                 WHERE issued > %s AND issued <= %s
                """,
                behaviour._get_trade_sql(company),
                after,
                until,
            )
        )

    @api.model
    def _get_settled_sums(self):
        return SQL(
            """
            COALESCE(SUM(amount) FILTER (WHERE settled), 0),
            COALESCE(SUM(amount * days_late) FILTER (WHERE settled), 0),
            COALESCE(SUM(amount) FILTER (WHERE settled AND recent), 0),
            COALESCE(SUM(amount * days_late) FILTER (WHERE settled AND recent), 0)
            """
        )

    @api.model
    def _get_open_sums(self, day):
        return SQL(
            """
            COALESCE(SUM(amount) FILTER (WHERE NOT settled), 0),
            COALESCE(SUM(amount) FILTER (WHERE NOT settled AND due < %(day)s), 0),
            COALESCE(SUM(amount * (%(day)s - due))
                     FILTER (WHERE NOT settled AND due < %(day)s), 0)
            """,
            day=day,
        )


def _judge_factors(past, day):
    """Return {partner id: (factors, settled instalments)} from the figures read."""
    customers = {
        partner_id: {
            **figures,
            **FORGOTTEN,
            **behaviour_figures({**NO_DEBTS, **figures}, {**NO_BEHAVIOUR, **figures}),
        }
        for partner_id, figures in past.items()
    }
    late = sum(row["late_count"] for row in customers.values())
    judged = sum(
        row["paid_count"] + row["open_late_count"] for row in customers.values()
    )
    prior = late / judged if judged else 0.0
    return {
        partner_id: (factor_values(row, prior, day), row["paid_count"])
        for partner_id, row in customers.items()
    }
