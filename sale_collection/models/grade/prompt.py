from odoo import api, models
from odoo.tools import SQL

from ...tools.prompt import Record, Terms, is_prompt, last_quarter


class SaleCollectionPrompt(models.AbstractModel):
    """Finds the customers whose every instalment of the last quarter came on time."""

    _name = "sale.collection.prompt"
    _description = "Customers who pay on time"

    @api.model
    def _find(self, company, today, partner_ids=None):
        """Return {partner id: Record} of the customers who paid on time.

        :param company: a root company
        :param partner_ids: the only customers asked about; all when left out
        """
        found = self._collect(company, today, partner_ids)
        return {key: record for key, record in found.items() if is_prompt(record)}

    @api.model
    def _collect(self, company, today, partner_ids=None):
        """Return {partner id: Record} of the quarter before today's, in one query.

        Late is by the day of the money, after the due date moved to a working day; no
        grace is given, and what was written off has not come. Imported history counts.
        """
        first, last = last_quarter(today)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id,
                       COUNT(*) FILTER (WHERE %(quarter)s),
                       COALESCE(SUM(amount) FILTER (WHERE %(quarter)s), 0)::float8,
                       COUNT(*) FILTER (WHERE CASE WHEN %(quarter)s
                           THEN paid IS NULL OR days_late > 0 OR short
                           ELSE paid IS NULL AND due < %(today)s END)
                  FROM (%(trade)s) trade
                 GROUP BY partner_id
                """,
                quarter=SQL("due BETWEEN %s AND %s", first, last),
                trade=self.env["sale.collection.behaviour"]._get_trade_sql(
                    company, partner_ids
                ),
                today=today,
            )
        )
        return {partner_id: Record(*values) for partner_id, *values in rows}

    @api.model
    def _read_terms(self, term, today):
        """Return how long a payment term gives, and what for paying early."""
        days = [line._get_due_date(today) - today for line in term.line_ids]
        discount = term.discount_percentage if term.early_discount else 0.0
        return Terms(max((gap.days for gap in days), default=0), discount)
