from odoo import api, models
from odoo.tools import SQL

from ..core.open_line import RECEIVABLE_ACCOUNTS
from ..core.sql import branches_sql

# Why nobody is asked for a debt that the ledger still has as open.
COVERS = [
    ("ahead", "Money dated ahead"),
    ("bill", "Bill or cheque in hand"),
    ("told", "Payment reported, not booked yet"),
    ("waiver", "Waiver to approve"),
]
# Why nobody is asked for a debt, money on its way or not.
UNASKED = [*COVERS, ("handed", "With an agency or a court")]


class SaleCollectionCover(models.AbstractModel):
    """Reads what covers a debt until a day, though the debt is still open.

    The first of two clocks: nobody is asked for a debt that money covers which is on
    its way. The second, what customer and orders still use of their credit, goes by
    the ledger and by `sale.collection.exposure`.
    """

    _name = "sale.collection.cover"
    _description = "What covers a debt until a day"

    @api.model
    def _get_covered_sql(self, company, today):
        """Select `line_id`, the `amount` covered, `until` and `kind`, one of COVERS.

        The amount is in company currency, `until` the last day that it counts. The
        parts of one instalment may be more than what is open of it. Here money dated
        ahead that is matched; addons add what they know of.

        :param company: root company; its branches count too
        :param date today: what is covered on this day
        """
        return SQL(
            """
            SELECT debit.id AS line_id, partial.amount, credit.date - 1 AS until,
                   'ahead' AS kind
              FROM account_partial_reconcile partial
              JOIN account_move_line debit ON debit.id = partial.debit_move_id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
             WHERE partial.max_date > %(today)s
               AND credit.date > %(today)s
               AND credit.parent_state = 'posted'
               AND debit.parent_state = 'posted'
               AND debit.account_id = ANY(%(accounts)s)
               AND debit.company_id IN (%(branches)s)
            """,
            today=today,
            accounts=RECEIVABLE_ACCOUNTS,
            branches=branches_sql(company),
        )

    @api.model
    def _get_cover_sql(self, company, today):
        """Select `line_id`, `amount`, `until` and `kind`: one row for an instalment.

        The reason is that of the part that lasts longest.
        """
        return self._group_parts(self._get_covered_sql(company, today))

    @api.model
    def _get_unasked_sql(self, company, today):
        """Select the same of all that nobody is asked for, `kind` one of UNASKED.

        For reminders. The age of a debt goes on while others ask for it, so the aging
        reads `_get_cover_sql`.
        """
        return self._group_parts(
            SQL(
                "%s UNION ALL %s",
                self._get_covered_sql(company, today),
                self._get_elsewhere_sql(company, today),
            )
        )

    @api.model
    def _get_elsewhere_sql(self, company, today):
        """Select like `_get_covered_sql` the debts that others ask for. Here none."""
        return SQL(
            """SELECT NULL::int AS line_id, NULL::numeric AS amount,
                      NULL::date AS until, NULL::varchar AS kind WHERE FALSE"""
        )

    @api.model
    def _group_parts(self, parts):
        return SQL(
            """
            SELECT line_id, SUM(amount) AS amount, MAX(until) AS until,
                   (ARRAY_AGG(kind ORDER BY until DESC, kind))[1] AS kind
              FROM (%s) part
          GROUP BY line_id
            """,
            parts,
        )

    @api.model
    def _get_uncleared_sql(self):
        """Select `id` of journal items: the money they brought has not cleared.

        Here it has no rows: what knows of bills in hand answers with its own.
        """
        return SQL("SELECT NULL::int AS id WHERE FALSE")
