from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionAging(models.Model):
    """Receivable lines as they stood on a day, each in its band of age.

    The day and the scheme come from the context (`sale_collection_as_of`,
    `sale_collection_scheme`); by default today and the first scheme. The sum of
    `amount` is the balance of the receivable accounts on that day: a match counts
    from the later date of its two sides.
    """

    _name = "sale.collection.aging"
    _description = "Aging"
    _inherit = ["sale.collection.titled"]
    _auto = False
    _order = "date_base, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["name", "invoice_date", "invoice_user_id", "state", "team_id"],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "move_id",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.partial.reconcile": [
            "amount",
            "credit_amount_currency",
            "credit_move_id",
            "debit_amount_currency",
            "debit_move_id",
            "max_date",
        ],
        "account.account": ["account_type"],
        "sale.collection.aging.band": ["lower", "scheme_id"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    line_id = fields.Many2one("account.move.line", string="Instalment", readonly=True)
    invoice_date = fields.Date(string="Invoice date", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    date_base = fields.Date(
        string="Age counts from", readonly=True, help="Due or invoice date, by scheme."
    )
    age = fields.Integer(
        string="Days", readonly=True, aggregator="max", help="On the day of the report."
    )
    band_id = fields.Many2one("sale.collection.aging.band", readonly=True)
    amount = fields.Monetary(
        string="Open amount",
        readonly=True,
        currency_field="company_currency_id",
        help="On the day of the report; unapplied payments and credit notes negative.",
    )
    amount_currency = fields.Monetary(
        string="In currency", readonly=True, aggregator=None
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)

    @property
    def _table_query(self):
        scheme = self._get_scheme()
        base = SQL("line.date_maturity")
        if scheme.base == "invoice":
            base = SQL("COALESCE(move.invoice_date, line.date)")
        return SQL(
            """
            WITH day AS (%(days)s),
            ignored AS (%(ignored)s),
            open_line AS (%(lines)s)
            SELECT line.*,
                   (SELECT band.id FROM sale_collection_aging_band band
                     WHERE band.scheme_id = %(scheme)s
                       AND band.lower <= CASE WHEN line.amount < 0 THEN -1
                                              ELSE GREATEST(line.age, 0) END
                  ORDER BY band.lower DESC LIMIT 1) AS band_id,
                   profile.user_id AS collector_id
              FROM open_line line
              JOIN res_company company ON company.id = line.company_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = SPLIT_PART(company.parent_path, '/', 1)::int
            """,
            days=self._get_days_query(),
            ignored=self._get_ignored_query(),
            lines=self._get_lines_query(base),
            scheme=scheme.id,
        )

    @api.model
    def _get_scheme(self):
        """Return the scheme of the context, of the company or else the first one."""
        Scheme = self.env["sale.collection.aging.scheme"].sudo()
        scheme_id = self.env.context.get("sale_collection_scheme")
        scheme = Scheme.browse(scheme_id).exists() if scheme_id else Scheme
        return (
            scheme
            or self.env.company.sudo().collection_aging_scheme_id
            or Scheme.search([], limit=1)
        )

    @api.model
    def _get_days_query(self):
        """Return the rows (company, as-of day) of the companies looked at."""
        as_of = fields.Date.to_date(self.env.context.get("sale_collection_as_of"))
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s::int AS company_id, %s::date AS as_of",
                company.id,
                as_of or company._collection_today(),
            )
            for company in self.env.companies
        )

    @api.model
    def _get_ignored_query(self):
        """Return the matches that did not count that day, by line they belong to.

        Those made later, and those with a document that is a draft by now. Taking
        them off today's residual reads a few of the matches; adding up the others
        would read all there ever were.
        """
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT line.id AS line_id, %(sign)s * partial.amount AS amount,
                       %(sign)s * %(amount_currency)s AS amount_currency
                  FROM (%(partials)s) partial
                  JOIN account_move_line line ON line.id = %(side)s
                  JOIN account_account account ON account.id = line.account_id
                  JOIN day ON day.company_id = line.company_id
                 WHERE account.account_type = 'asset_receivable'
                   AND (partial.max_date > day.as_of OR partial.is_draft)
                """,
                partials=self._get_doubtful_partials_query(),
                side=SQL.identifier("partial", f"{side}_move_id"),
                sign=sign,
                amount_currency=SQL.identifier("partial", f"{side}_amount_currency"),
            )
            for side, sign in (("debit", 1), ("credit", -1))
        )

    @api.model
    def _get_doubtful_partials_query(self):
        """Return the matches after the day, and those with a draft on either side."""
        drafts = SQL(" UNION ").join(
            SQL(
                """
                SELECT partial.id
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_partial_reconcile partial ON %s = line.id
                 WHERE move.state = 'draft'
                """,
                SQL.identifier("partial", column),
            )
            for column in ("debit_move_id", "credit_move_id")
        )
        return SQL(
            """
            WITH draft AS MATERIALIZED (%s)
            SELECT partial.*, draft.id IS NOT NULL AS is_draft
              FROM account_partial_reconcile partial
         LEFT JOIN draft ON draft.id = partial.id
             WHERE partial.max_date > (SELECT MIN(as_of) FROM day)
                OR draft.id IS NOT NULL
            """,
            drafts,
        )

    @api.model
    def _get_lines_query(self, base):
        """Return the receivable lines with an open amount on the day of the report."""
        return SQL(
            """
            SELECT line.id,
                   line.id AS line_id,
                   line.company_id,
                   line.partner_id,
                   line.move_id,
                   line.currency_id,
                   move.invoice_date,
                   line.date_maturity AS date_due,
                   COALESCE(%(base)s, line.date) AS date_base,
                   day.as_of - COALESCE(%(base)s, line.date) AS age,
                   line.amount_residual + candidate.amount AS amount,
                   line.amount_residual_currency + candidate.amount_currency
                       AS amount_currency,
                   move.invoice_user_id AS user_id,
                   move.team_id
              FROM (SELECT id, SUM(amount) AS amount,
                           SUM(amount_currency) AS amount_currency
                      FROM (%(candidates)s) change
                  GROUP BY id) candidate
              JOIN account_move_line line ON line.id = candidate.id
              JOIN day ON day.company_id = line.company_id
              JOIN account_move move ON move.id = line.move_id
             WHERE line.parent_state = 'posted'
               AND line.date <= day.as_of
               AND (line.amount_residual + candidate.amount != 0
                    OR line.amount_residual_currency + candidate.amount_currency != 0)
            """,
            base=base,
            candidates=self._get_candidates_query(),
        )

    @api.model
    def _get_candidates_query(self):
        """Return the lines open now or with an ignored match, and what to put back."""
        return SQL(
            """
            SELECT line.id, 0 AS amount, 0 AS amount_currency
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
             WHERE line.reconciled IS NOT TRUE
               AND account.account_type = 'asset_receivable'
         UNION ALL
            SELECT line_id, amount, amount_currency FROM ignored
            """
        )

    def action_open_document(self):
        """Open the document of the line."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.user_id)
