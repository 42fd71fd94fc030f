from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.open_line import DEPENDS
from odoo.addons.sale_collection.models.core.sql import is_one_sql
from odoo.addons.sale_collection.models.ledger.reconciliation import DOCUMENT_TYPES

KINDS = [
    ("due", "Falls due"),
    ("credited", "Credit note on it"),
    ("paid", "Paid by month end"),
    ("cash", "Money received"),
    ("invoiced", "Invoiced"),
]
AMOUNTS = ("due_amount", "due_collected", "cash_amount", "invoiced_amount")
# What each rate divides.
RATES = {
    "due_rate": ("due_collected", "due_amount"),
    "sales_rate": ("cash_amount", "invoiced_amount"),
}
# What the pieces are read from.
PIECES_DEPEND = {
    **DEPENDS,
    "account.move": [
        *("amount_total_signed", "commercial_partner_id", "invoice_date"),
        *("invoice_user_id", "move_type", "origin_payment_id", "state"),
        *("statement_line_id", "team_id"),
    ],
    "res.partner": ["commercial_partner_id", "user_id"],
    "sale.collection.receipt": ["amount", "date", "kind", "line_ref"],
}


class SaleCollectionRate(models.Model):
    """What falls due, what is invoiced and what comes in, for rates of collection.

    Each row is one piece of an amount: sums of rows divided give the rate of any group.
    `tools.rate` has the same in Python.
    """

    _name = "sale.collection.rate"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Collection rate"
    _auto = False
    _order = "date desc, id"
    _rec_name = "move_id"
    _depends = PIECES_DEPEND

    company_id = fields.Many2one("res.company", readonly=True)
    # A column, not a related field: groups of several companies add up by it.
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    kind = fields.Selection(KINDS, string="What", readonly=True)
    date = fields.Date(
        string="Period",
        readonly=True,
        help="Due date of instalments and of what settles them, day of money received, "
        "date of invoices.",
    )
    due_amount = fields.Monetary(
        string="Due",
        readonly=True,
        help="Instalments that fall due in the period, less credit notes on them.",
    )
    due_collected = fields.Monetary(
        string="Due and paid in time",
        readonly=True,
        help="Money on instalments due in the period that had come by the end of "
        "the month they fell due in, also before it. In quarters and years too: money "
        "of the month after is late.",
    )
    due_rate = OptionalFloat(
        string="Due collection rate (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Money on instalments due in the period that had come by the end of "
        "the month they fell due in, in quarters and years too, in percent of these "
        "instalments less credit notes.",
    )
    cash_amount = fields.Monetary(
        string="Money received",
        readonly=True,
        help="All money of the period that is matched to invoices, whenever they fell "
        "due.",
    )
    invoiced_amount = fields.Monetary(
        string="Invoiced",
        readonly=True,
        help="Invoices of the period with tax, less credit notes, by invoice date. "
        "Sales of month ends go by accounting date.",
    )
    sales_rate = OptionalFloat(
        string="Sales collection rate (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="All money received in the period, in percent of what was invoiced in it "
        "with tax.",
    )

    # === QUERY ===#

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT piece.*, company.currency_id, NULL::numeric AS due_rate,
                   NULL::numeric AS sales_rate
              FROM (%s) piece
                   -- Each piece has a company: LEFT, as then the planner does not
                   -- take them for few.
         LEFT JOIN res_company company ON company.id = piece.company_id
            """,
            self._get_pieces_sql(self.env.companies),
        )

    @api.model
    def _get_pieces_sql(self, companies):
        """Select the pieces of amounts of companies, each up to its own today."""
        days = self._get_days_sql(companies)
        return SQL(" UNION ALL ").join(
            (
                self._get_due_sql(days),
                self._get_cash_sql(days),
                self._get_invoiced_sql(days),
            )
        )

    @api.model
    def _get_days_sql(self, companies):
        """Return rows of `company_id` and `today` as a table."""
        todays = companies._collection_todays()
        return SQL(
            "(SELECT * FROM (VALUES %s) AS own (company_id, today))",
            SQL(", ").join(
                SQL("(%s::int, %s::date)", *pair) for pair in todays.items()
            ),
        )

    @api.model
    def _get_due_sql(self, days):
        """Select instalments, and what credit notes and money by month end did to them.

        Of the debts that the receipt ledger mirrors, read once for all of it. A join,
        not a look-up of receipts by instalment: PostgreSQL does whichever is quicker.
        """
        reader = self.env["sale.collection.reconciliation"]
        return SQL(
            """
            SELECT CASE WHEN piece.is_settled THEN receipt.id::bigint * 4 + 1
                        ELSE line.id::bigint * 4 END AS id,
                   line.company_id, line.partner_id, line.user_id, line.team_id,
                   line.move_id,
                   CASE WHEN NOT piece.is_settled THEN 'due'
                        WHEN receipt.kind = 'cash' THEN 'paid'
                        ELSE 'credited' END AS kind,
                   line.due_date AS date,
                   CASE WHEN NOT piece.is_settled THEN line.balance
                        WHEN receipt.kind = 'cash' THEN 0.0
                        ELSE -receipt.amount END AS due_amount,
                   CASE WHEN receipt.kind = 'cash' THEN receipt.amount
                        ELSE 0.0 END AS due_collected,
                   0.0 AS cash_amount, 0.0 AS invoiced_amount
              FROM (%s) line
              JOIN %s day ON day.company_id = line.company_id
        CROSS JOIN (VALUES (FALSE), (TRUE)) AS piece (is_settled)
         LEFT JOIN sale_collection_receipt receipt
                ON piece.is_settled
               AND receipt.line_ref = line.id
               AND receipt.date <= day.today
               AND (receipt.kind = 'credit_note'
                    OR receipt.kind = 'cash' AND receipt.date < DATE_TRUNC(
                        'month', line.due_date::timestamp) + INTERVAL '1 month')
             WHERE NOT piece.is_settled OR receipt.id IS NOT NULL
            """,
            reader._get_target_query(SQL("line.balance > 0"), is_whole=True),
            days,
        )

    @api.model
    def _get_cash_sql(self, days):
        return SQL(
            """
            SELECT receipt.id::bigint * 4 + 2, receipt.company_id, receipt.partner_id,
                   receipt.user_id, receipt.team_id, receipt.move_id, 'cash',
                   receipt.date, 0.0, 0.0, receipt.amount, 0.0
              FROM sale_collection_receipt receipt
              JOIN %s day ON day.company_id = receipt.company_id
             WHERE receipt.kind = 'cash' AND receipt.date <= day.today
            """,
            days,
        )

    @api.model
    def _get_invoiced_sql(self, days):
        return SQL(
            """
            SELECT move.id::bigint * 4 + 3, move.company_id,
                   move.commercial_partner_id, move.invoice_user_id, move.team_id,
                   move.id, 'invoiced', COALESCE(move.invoice_date, move.date),
                   0.0, 0.0, 0.0, move.amount_total_signed
              FROM account_move move
              JOIN %s day ON day.company_id = move.company_id
             WHERE move.state = 'posted' AND move.move_type IN %s
            """,
            days,
            DOCUMENT_TYPES,
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
            "CASE WHEN %s THEN 100.0 * SUM(%s) / NULLIF(SUM(%s), 0) END",
            is_one_sql(currency),
            part,
            whole,
        )

    # === ACTIONS ===#

    def action_open_document(self):
        """Open the document of the row."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.user_id)
