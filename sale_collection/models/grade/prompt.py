from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.prompt import Record, Share, Terms, is_better, is_prompt, last_quarter

#: Days of invoices that terms are compared on, where months matter.
YEAR = 366


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
    def _is_better(self, offer, current, today):
        """Tell whether a payment term is better, whatever the day of the invoice.

        :param current: what the customer has, or none
        """
        by_month = (offer | current).line_ids.filtered(
            lambda line: line.delay_type != "days_after"
        )
        days = (today + timedelta(n) for n in range(YEAR if by_month else 1))
        return is_better(
            [
                (self._read_terms(offer, day), self._read_terms(current, day))
                for day in days
            ]
        )

    @api.model
    def _read_terms(self, term, day):
        """Return what a payment term asks for when, of an invoice of a day.

        Without one all is due at once. As in core the last line takes what is left.
        """
        if not term.line_ids:
            return Terms()
        shares = [
            Share(
                (line._get_due_date(day) - day).days,
                line.value_amount if line.value == "percent" else 0.0,
                line.value_amount if line.value == "fixed" else 0.0,
            )
            for line in term.line_ids
        ]
        *first, last = shares
        rest = Share(
            last.days,
            100.0 - sum(share.percent for share in first),
            -sum(share.fixed for share in first),
        )
        if not term.early_discount:
            return Terms((*first, rest))
        return Terms((*first, rest), term.discount_percentage, term.discount_days)
