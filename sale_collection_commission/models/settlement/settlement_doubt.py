from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import add

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql

from .settlement_facts import IS_PREVIEWED

KINDS = [
    ("bank", "Bank line not matched"),
    ("late", "Money booked late"),
    ("due", "Due date moved"),
    ("write_off", "Written off"),
    ("dispute", "Open dispute"),
]


class SaleCollectionSettlementDoubt(models.Model):
    """What may still change about a settlement, with what is at stake.

    Written with each preview and kept as it was when the settlement was confirmed.
    `money` is in company currency, `amount` in the currency of the settlement.
    """

    _name = "sale.collection.settlement.doubt"
    _description = "Uncertain in a commission settlement"
    _order = "settlement_id desc, kind, amount desc, id"
    _log_access = False
    _rec_name = "kind"

    settlement_id = fields.Many2one(
        "sale.collection.settlement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="settlement_id.company_id")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    kind = fields.Selection(KINDS, string="What", required=True, readonly=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null"
    )
    date = fields.Date(
        readonly=True,
        help="Of the bank line, of the money, of the due date or of the dispute.",
    )
    money = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        help="The part of the customer's debt it is about.",
    )
    amount = fields.Monetary(
        string="Commission at stake",
        readonly=True,
        help="Of this settlement. For bank lines: what they would bring at the average "
        "rate of this settlement.",
    )

    # === READ ===#

    @api.model
    def _rewrite(self, settlements):
        """Replace what is uncertain about drafts by what is so now."""
        if not settlements:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM sale_collection_settlement_doubt
                 WHERE settlement_id = ANY(%s)
                """,
                settlements.ids,
            )
        )
        self._fill_settled_money(settlements)
        # Straight from the query: there may be as many as there are payments.
        for query in self._get_queries(settlements):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO sale_collection_settlement_doubt (
                        settlement_id, kind, move_id, partner_id, date, money, amount)
                    %s
                    """,
                    query,
                )
            )
        self.env.cr.execute("DROP TABLE collection_settled_money")
        self.invalidate_model(flush=False)
        names = ("doubt_ids", "doubt_count", "doubt_amount")
        settlements.invalidate_recordset(names, flush=False)

    @api.model
    def _fill_settled_money(self, settlements):
        """Sum the entries of drafts by invoice and row of money, for all queries."""
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collection_settled_money ON COMMIT DROP AS
                SELECT settlement.id AS settlement_id, entry.move_id,
                       entry.partner_id, entry.receipt_id, SUM(entry.amount) AS amount
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry ON %(is_previewed)s
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY 1, 2, 3, 4;
                ANALYZE collection_settled_money
                """,
                is_previewed=IS_PREVIEWED,
                ids=settlements.ids,
            )
        )

    @api.model
    def _get_queries(self, settlements):
        """Return one SELECT for each kind: settlement, kind, invoice, customer, date,
        money and amount at stake.
        """
        return [
            self._get_late_query(),
            self._get_due_query(),
            self._get_write_off_query(),
            self._get_dispute_query(),
            self._get_bank_query(settlements),
        ]

    @api.model
    def _get_late_query(self):
        """SQL: money dated long before it was booked."""
        return SQL(
            """
            SELECT own.settlement_id, 'late', own.move_id, own.partner_id,
                   MIN(receipt.date), SUM(receipt.amount), SUM(own.amount)
              FROM collection_settled_money own
              JOIN sale_collection_receipt receipt ON receipt.id = own.receipt_id
              JOIN res_company company ON company.id = receipt.company_id
             WHERE receipt.booked_at::date - receipt.date
                   > company.collection_late_booking_days
             GROUP BY own.settlement_id, own.move_id, own.partner_id
            HAVING SUM(own.amount) <> 0
            """
        )

    @api.model
    def _get_write_off_query(self):
        """SQL: parts of the same invoices that were written off."""
        return SQL(
            """
            SELECT own.settlement_id, 'write_off', own.move_id, own.partner_id,
                   MAX(gone.date), SUM(gone.amount), MIN(own.amount)
              FROM (SELECT settlement_id, move_id, partner_id, SUM(amount) AS amount
                      FROM collection_settled_money GROUP BY 1, 2, 3) own
              JOIN sale_collection_receipt gone
                ON gone.move_id = own.move_id AND gone.kind = 'write_off'
             GROUP BY own.settlement_id, own.move_id, own.partner_id
            HAVING SUM(gone.amount) <> 0
            """
        )

    @api.model
    def _get_dispute_query(self):
        """SQL: invoices with an open dispute."""
        return SQL(
            """
            SELECT own.settlement_id, 'dispute', own.move_id, own.partner_id,
                   MIN(dispute.date), SUM(line.amount), MIN(own.amount)
              FROM (SELECT settlement_id, move_id, partner_id, SUM(amount) AS amount
                      FROM collection_settled_money GROUP BY 1, 2, 3) own
              JOIN sale_collection_dispute_line line ON line.move_id = own.move_id
              JOIN sale_collection_dispute dispute
                ON dispute.id = line.dispute_id AND dispute.state = 'open'
             GROUP BY own.settlement_id, own.move_id, own.partner_id
            """
        )

    @api.model
    def _get_bank_query(self, settlements):
        """SQL: money of the period on the bank that settles nothing yet.

        It came from customers with open invoices of the earner, or from nobody known.
        """
        return SQL(
            """
            WITH owners AS (
                SELECT DISTINCT line.company_id, line.partner_id, move.invoice_user_id,
                       claim.user_id, claim.agent_id
                  FROM (%(open_lines)s) line
                  JOIN account_move move ON move.id = line.move_id
                  LEFT JOIN sale_collection_commission_claim claim
                         ON claim.move_id = move.id
                 WHERE line.residual > 0),
            bank AS (
                SELECT move.company_id, customer.commercial_partner_id AS partner_id,
                       move.date, ABS(move.amount_total_signed) AS money
                  FROM account_bank_statement_line line
                  JOIN account_move move ON move.id = line.move_id
                  LEFT JOIN res_partner customer ON customer.id = line.partner_id
                 WHERE line.is_reconciled IS NOT TRUE AND line.amount > 0
                   AND move.state = 'posted'),
            rates AS (
                SELECT own.settlement_id,
                       SUM(own.amount) / NULLIF(SUM(receipt.amount), 0) AS rate
                  FROM collection_settled_money own
                  JOIN sale_collection_receipt receipt ON receipt.id = own.receipt_id
                 GROUP BY own.settlement_id)
            SELECT settlement.id, 'bank', NULL::int, bank.partner_id, MIN(bank.date),
                   SUM(bank.money),
                   ROUND(SUM(bank.money) * COALESCE(MIN(rates.rate), 0)
                         / MIN(currency.rounding)) * MIN(currency.rounding)
              FROM sale_collection_settlement settlement
              JOIN res_currency currency ON currency.id = settlement.currency_id
              JOIN bank ON bank.company_id = settlement.company_id
               AND bank.date BETWEEN settlement.date_from AND settlement.date_to
              LEFT JOIN rates ON rates.settlement_id = settlement.id
             WHERE settlement.id = ANY(%(ids)s)
               AND (bank.partner_id IS NULL OR EXISTS (
                    SELECT FROM owners
                     WHERE owners.company_id = bank.company_id
                       AND owners.partner_id = bank.partner_id
                       AND (owners.invoice_user_id = settlement.user_id
                            OR owners.user_id = settlement.user_id
                            OR owners.agent_id = settlement.agent_id)))
             GROUP BY settlement.id, bank.partner_id
            """,
            ids=settlements.ids,
            open_lines=open_lines_of_sql(settlements.company_id._collection_todays()),
        )

    # === MOVED DUE DATES ===#

    @api.model
    def _get_due_query(self):
        """SQL: invoices that were due later than their payment terms say."""
        moved = [
            (term_id, invoice_date, due)
            for term_id, invoice_date, due in self._read_dues()
            if due > self._get_latest_due(term_id, invoice_date)
        ]
        terms, dates, dues = zip(*moved, strict=True) if moved else ((), (), ())
        return SQL(
            """
            SELECT own.settlement_id, 'due', own.move_id, own.partner_id,
                   MAX(receipt.due_date), SUM(receipt.amount), SUM(own.amount)
              FROM collection_settled_money own
              JOIN sale_collection_receipt receipt ON receipt.id = own.receipt_id
              JOIN account_move move ON move.id = own.move_id
              JOIN res_partner partner ON partner.id = own.partner_id
              JOIN UNNEST(%(terms)s::int[], %(dates)s::date[], %(dues)s::date[])
                   AS moved (term_id, invoice_date, due)
                ON moved.term_id = %(term)s
               AND moved.invoice_date = move.invoice_date
               AND moved.due = receipt.due_date
             GROUP BY own.settlement_id, own.move_id, own.partner_id
            HAVING SUM(own.amount) <> 0
            """,
            terms=list(terms),
            dates=list(dates),
            dues=list(dues),
            term=self._get_term_sql(),
        )

    @api.model
    def _get_term_sql(self):
        """SQL: the payment term of `move`, else that of the customer `partner`."""
        return SQL(
            """COALESCE(move.invoice_payment_term_id,
                (partner.property_payment_term_id ->> move.company_id::text)::int)"""
        )

    @api.model
    def _read_dues(self):
        """Return (payment term id, invoice date, due date) of the settled money."""
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT %(term)s, move.invoice_date, receipt.due_date
                  FROM collection_settled_money own
                  JOIN sale_collection_receipt receipt ON receipt.id = own.receipt_id
                  JOIN account_move move ON move.id = own.move_id
                  JOIN res_partner partner ON partner.id = own.partner_id
                 WHERE receipt.due_date IS NOT NULL AND move.invoice_date IS NOT NULL
                   AND %(term)s IS NOT NULL
                """,
                term=self._get_term_sql(),
            )
        )

    @api.model
    def _get_latest_due(self, term_id, invoice_date):
        """Return the last due date that a payment term gives an invoice."""
        term = self.env["account.payment.term"].sudo().browse(term_id)
        dues = [line._get_due_date(invoice_date) for line in term.line_ids]
        return max(dues, default=add(invoice_date, years=100))
