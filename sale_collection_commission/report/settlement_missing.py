from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import (
    DEPENDS,
    open_lines_of_sql,
)

from ..models.entry.commission_gap import REASONS as GAPS

REASONS = [
    ("not_due", "Not due yet"),
    ("overdue", "Overdue, not paid"),
    ("unmatched", "Money of the customer is not matched"),
    ("disputed", "Disputed"),
    ("unsettled", "Booked, waits for the next settlement"),
    *GAPS,
]


class SaleCollectionSettlementMissing(models.Model):
    """Invoices that are not settled, or not all of them, by earner, and why.

    Open parts of invoices, money that earns nothing, and commission booked and not
    settled yet. `amount_open` is in company currency, `amount` the booked commission in
    that of the invoice.
    """

    _name = "sale.collection.settlement.missing"
    _description = "Not in a commission settlement"
    _inherit = ["sale.collection.titled"]
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Rep", readonly=True)
    agent_id = fields.Many2one("res.partner", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date_due = fields.Date(string="Due or paid on", readonly=True)
    reason = fields.Selection(REASONS, string="Not settled because", readonly=True)
    amount_open = fields.Monetary(
        string="Money concerned", readonly=True, currency_field="company_currency_id"
    )
    amount = fields.Monetary(string="Commission booked", readonly=True)

    _depends = {
        **DEPENDS,
        "account.move": ["currency_id", "invoice_user_id"],
        "sale.collection.commission.claim": ["agent_id", "move_id", "user_id"],
        "sale.collection.commission.entry": ["settlement_id"],
        "sale.collection.commission.gap": ["move_id", "reason", "user_id"],
        "sale.collection.dispute": ["state"],
        "sale.collection.dispute.line": ["dispute_id", "move_id"],
    }

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(self._get_queries())

    def _get_queries(self):
        """Return one SELECT for each source, with the columns of the fields."""
        return [
            self._get_open_query(),
            self._get_entry_query(),
            self._get_gap_query(),
        ]

    def _get_open_query(self):
        """SQL: what is still open on invoices, for each of their earners."""
        # One today for the whole query: that of the user's root company.
        today = self.env.company.root_id._collection_today()
        return SQL(
            """
            WITH line AS MATERIALIZED (%(lines)s)
            SELECT earner.id, open.company_id, move.currency_id, earner.user_id,
                   earner.agent_id, move.id AS move_id, open.partner_id,
                   open.date_due, open.amount AS amount_open, 0.0 AS amount,
                   CASE WHEN EXISTS (
                             SELECT FROM sale_collection_dispute_line line
                               JOIN sale_collection_dispute dispute
                                 ON dispute.id = line.dispute_id
                              WHERE line.move_id = move.id AND dispute.state = 'open')
                        THEN 'disputed'
                        WHEN EXISTS (
                             SELECT FROM line credit
                              WHERE credit.partner_id = open.partner_id
                                AND credit.company_id = open.company_id
                                AND credit.residual < 0)
                        THEN 'unmatched'
                        WHEN open.date_due < %(today)s THEN 'overdue'
                        ELSE 'not_due' END AS reason
              FROM (
                SELECT MIN(line.id) AS id, line.move_id, line.company_id,
                       line.partner_id, MIN(line.date_due) AS date_due,
                       SUM(line.residual) AS amount
                  FROM line
                 WHERE line.residual > 0
                 GROUP BY line.move_id, line.company_id, line.partner_id) open
              JOIN account_move move ON move.id = open.move_id
             CROSS JOIN LATERAL (
                SELECT open.id * 4 AS id, move.invoice_user_id AS user_id,
                       NULL::int AS agent_id
                 WHERE move.invoice_user_id IS NOT NULL
                 UNION ALL
                SELECT MIN(claim.id) * 4 + 1, claim.user_id, claim.agent_id
                  FROM sale_collection_commission_claim claim
                 WHERE claim.move_id = move.id
                   AND claim.user_id IS DISTINCT FROM move.invoice_user_id
                 GROUP BY claim.user_id, claim.agent_id) earner
            """,
            today=today,
            lines=open_lines_of_sql(dict.fromkeys(self.env.companies.ids, today)),
        )

    def _get_entry_query(self):
        """SQL: commission that is booked, but not settled."""
        return SQL(
            """
            SELECT MIN(entry.id) * 4 + 2, entry.company_id, entry.currency_id,
                   entry.user_id, entry.agent_id, entry.move_id, entry.partner_id,
                   MAX(entry.date), COALESCE(SUM(receipt.amount), 0),
                   SUM(entry.amount), 'unsettled'
              FROM sale_collection_commission_entry entry
              LEFT JOIN sale_collection_receipt receipt
                     ON receipt.id = entry.receipt_id
             WHERE entry.settlement_id IS NULL
             GROUP BY entry.company_id, entry.currency_id, entry.user_id,
                      entry.agent_id, entry.move_id, entry.partner_id
            """
        )

    def _get_gap_query(self):
        """SQL: money that earns nothing, or nothing yet."""
        return SQL(
            """
            SELECT gap.id * 4 + 3, gap.company_id, move.currency_id, gap.user_id,
                   gap.agent_id, gap.move_id, gap.partner_id, gap.date, gap.amount,
                   0.0, gap.reason
              FROM sale_collection_commission_gap gap
              JOIN account_move move ON move.id = gap.move_id
            """
        )
