from odoo import api, fields, models
from odoo.tools import SQL

from ...models.core.open_line import DEPENDS, open_lines_of_sql
from ...models.profile.cover import COVERS

# What the rows depend on besides their ids: those of two days are kept apart.
DAY_KEYS = ("sale_collection_as_of", "sale_collection_scheme")


class SaleCollectionAging(models.Model):
    """Receivable lines as they stood on a day, each in its band of age.

    The day and the scheme come from the context (`sale_collection_as_of`,
    `sale_collection_scheme`); by default today and the first scheme. The sum of
    `amount` is the balance of the receivable accounts on that day: a match counts
    from the later date of its two sides.

    Today the part of a line that money on its way covers is a row of its own, which is
    not due until that money is. Its id is the negative one of the line.
    """

    _name = "sale.collection.aging"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Aging"
    _auto = False
    _order = "date_base, id"
    _rec_name = "move_id"
    _depends = {
        **DEPENDS,
        "account.move": ["name", "invoice_date", "invoice_user_id", "state", "team_id"],
        "sale.collection.aging.band": ["lower", "scheme_id"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    # A column, not a related field: groups of several companies add up by it.
    company_currency_id = fields.Many2one(
        "res.currency", string="Company currency", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    line_id = fields.Many2one("account.move.line", string="Instalment", readonly=True)
    invoice_date = fields.Date(string="Invoice date", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    date_base = fields.Date(
        string="Age counts from",
        readonly=True,
        depends_context=DAY_KEYS,
        help="Due or invoice date, by scheme.",
    )
    age = fields.Integer(
        string="Days",
        readonly=True,
        aggregator="max",
        depends_context=DAY_KEYS,
        help="On the day of the report.",
    )
    band_id = fields.Many2one(
        "sale.collection.aging.band", readonly=True, depends_context=DAY_KEYS
    )
    amount = fields.Monetary(
        string="Open amount",
        readonly=True,
        currency_field="company_currency_id",
        depends_context=DAY_KEYS,
        help="On the day of the report; payments and credit notes not yet matched are "
        "negative.",
    )
    amount_overdue = fields.Monetary(
        string="Overdue",
        readonly=True,
        currency_field="company_currency_id",
        depends_context=DAY_KEYS,
        help="Debts past their due date on the day of the report. What money on its "
        "way covers is not overdue until that money is.",
    )
    amount_currency = fields.Monetary(
        string="In currency",
        readonly=True,
        aggregator=None,
        depends_context=DAY_KEYS,
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    covered_by = fields.Selection(
        COVERS,
        readonly=True,
        depends_context=DAY_KEYS,
        help="Money on its way: its age counts from the day that money is due.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales team", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)

    @property
    def _table_query(self):
        scheme = self._get_scheme()
        base = SQL("line.date_due")
        if scheme.base == "invoice":
            base = SQL("COALESCE(move.invoice_date, line.date)")
        return SQL(
            """
            WITH open_line AS (%(lines)s),
            aged_line AS (%(aged)s)
            SELECT line.*, company.currency_id AS company_currency_id,
                   (SELECT band.id FROM sale_collection_aging_band band
                     WHERE band.scheme_id = %(scheme)s
                       AND band.lower <= CASE WHEN line.amount < 0 THEN -1
                                              ELSE GREATEST(line.age, 0) END
                  ORDER BY band.lower DESC LIMIT 1) AS band_id,
                   profile.user_id AS collector_id
              FROM aged_line line
              JOIN res_company company ON company.id = line.company_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = SPLIT_PART(company.parent_path, '/', 1)::int
            """,
            lines=self._get_lines_query(base),
            aged=self._get_aged_query(),
            scheme=scheme.id,
        )

    @api.model
    def _get_aged_query(self):
        """Return the rows of `open_line`, divided where money on its way covers them.

        What was in hand on days long ago is not known.
        """
        covers = self._get_covers_query()
        if not covers:
            return SQL(
                "SELECT *, %s AS amount_overdue, NULL::varchar AS covered_by"
                " FROM open_line line",
                self._get_overdue_sql(SQL("line.amount"), SQL("line.date_due")),
            )
        return SQL(
            """
            SELECT CASE WHEN part.is_covered THEN -line.id ELSE line.id END AS id,
                   line.line_id, line.company_id, line.partner_id, line.move_id,
                   line.currency_id, line.invoice_date, line.date_due,
                   CASE WHEN part.is_covered THEN cover.until ELSE line.date_base END
                       AS date_base,
                   CASE WHEN part.is_covered
                        THEN line.date_base + line.age - cover.until
                        ELSE line.age END AS age,
                   part.amount,
                   CASE WHEN line.amount = 0 THEN line.amount_currency
                        ELSE ROUND(line.amount_currency * part.amount / line.amount,
                                   currency.decimal_places) END AS amount_currency,
                   line.user_id, line.team_id, %(overdue)s AS amount_overdue,
                   CASE WHEN part.is_covered THEN cover.kind END AS covered_by
              FROM open_line line
              JOIN res_currency currency ON currency.id = line.currency_id
              JOIN res_company owner ON owner.id = line.company_id
              JOIN res_currency own ON own.id = owner.currency_id
         LEFT JOIN (%(covers)s) cover
                ON cover.line_id = line.line_id AND line.amount > 0
        CROSS JOIN LATERAL (SELECT CASE WHEN cover.line_id IS NULL THEN 0
                   ELSE LEAST(line.amount, ROUND(cover.amount, own.decimal_places))
                   END AS amount) covered
        CROSS JOIN LATERAL (VALUES
                   (TRUE, covered.amount), (FALSE, line.amount - covered.amount)
                   ) AS part (is_covered, amount)
             WHERE part.amount <> 0 OR NOT part.is_covered AND covered.amount = 0
            """,
            covers=covers,
            overdue=self._get_overdue_sql(
                SQL("part.amount"),
                SQL(
                    "CASE WHEN part.is_covered THEN cover.until ELSE line.date_due END"
                ),
            ),
        )

    @api.model
    def _get_overdue_sql(self, amount, due):
        """Return what of an amount of `line` is a debt due before the day it is of."""
        return SQL(
            "CASE WHEN %(amount)s > 0 AND %(due)s < line.date_base + line.age"
            " THEN %(amount)s ELSE 0 END",
            amount=amount,
            due=due,
        )

    @api.model
    def _get_covers_query(self):
        """Return what covers lines of companies for which the day is today, or None."""
        todays = self.env.companies._collection_todays()
        now = self.env.companies.filtered(
            lambda company: self._get_days()[company.id] == todays[company.id]
        )
        reader = self.env["sale.collection.cover"]
        covers = [
            reader._get_cover_sql(root, root._collection_today())
            for root in now.sudo().root_id
        ]
        return SQL(" UNION ALL ").join(covers) if covers else None

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
                   line.date_due,
                   %(base)s AS date_base,
                   line.today - %(base)s AS age,
                   line.residual AS amount,
                   line.residual_currency AS amount_currency,
                   move.invoice_user_id AS user_id,
                   move.team_id
              FROM (%(lines)s) line
                   -- Each line has a document: LEFT, as such a join is left out
                   -- where nobody asks for its columns.
         LEFT JOIN account_move move ON move.id = line.move_id
             WHERE line.residual <> 0 OR line.residual_currency <> 0
            """,
            base=base,
            lines=open_lines_of_sql(self._get_days(), is_strict=True),
        )

    @api.model
    def _get_days(self):
        """Return {company id: day of the report} of the companies looked at."""
        as_of = fields.Date.to_date(self.env.context.get("sale_collection_as_of"))
        if as_of:
            return dict.fromkeys(self.env.companies.ids, as_of)
        return self.env.companies._collection_todays()

    def action_open_document(self):
        """Open the document of the line."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.user_id)
