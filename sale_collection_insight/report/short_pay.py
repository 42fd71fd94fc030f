from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.sql import root_company_sql


class SaleCollectionShortPay(models.Model):
    """Instalments that were settled with money, and what was given up of them.

    One row for each, on the day of its last money: with those that were paid short
    the habit of a customer shows month by month. What is short is what the figure
    Habit of a customer counts.
    """

    _name = "sale.collection.short.pay"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Paid instalment"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"
    _depends = {
        "account.move.line": ["balance", "move_id"],
        "res.company": ["parent_path"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
        "sale.collection.receipt": [
            *("amount", "company_id", "date", "kind", "line_ref", "partner_id"),
            "reversal_of_id",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    date = fields.Date(string="Last money", readonly=True)
    amount = fields.Monetary(
        string="Instalment", readonly=True, help="What was due of paid instalments."
    )
    given_up = fields.Monetary(
        readonly=True, help="What was written off of the instalments paid short."
    )
    is_short = fields.Boolean(string="Paid short", readonly=True)
    short_share = OptionalFloat(
        string="Paid short (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Paid instalments of which a rest was written off, of all paid ones.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT paid.id, paid.company_id, paid.partner_id, profile.user_id,
                   paid.move_id, paid.date, paid.amount, paid.is_short,
                   CASE WHEN paid.is_short THEN paid.written_off ELSE 0 END AS given_up,
                   paid.is_short::int * 100.0 AS short_share
              FROM (SELECT line.id, receipt.company_id, receipt.partner_id,
                           line.move_id, line.balance AS amount,
                           MAX(receipt.date) FILTER (WHERE receipt.kind = 'cash')
                               AS date,
                           BOOL_OR(%(is_short)s) AS is_short,
                           COALESCE(SUM(receipt.amount)
                               FILTER (WHERE receipt.kind = 'write_off'), 0)
                               AS written_off
                      FROM sale_collection_receipt receipt
                      JOIN account_move_line line ON line.id = receipt.line_ref
                      JOIN %(days)s clock ON clock.company_id = receipt.company_id
                     WHERE receipt.amount > 0 AND receipt.date <= clock.today
                       AND receipt.reversal_of_id IS NULL
                       AND NOT EXISTS (
                           SELECT FROM sale_collection_receipt undone
                            WHERE undone.reversal_of_id = receipt.id)
                  GROUP BY line.id, receipt.company_id, receipt.partner_id
                    HAVING BOOL_OR(receipt.kind = 'cash')
                       AND SUM(receipt.amount) >= line.balance) paid
              JOIN res_company company ON company.id = paid.company_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = paid.partner_id
               AND profile.company_id = %(root)s
            """,
            is_short=self.env["sale.collection.behaviour"]._get_short_sql(),
            days=self.env["sale.collection.rate"]._get_days_sql(self.env.companies),
            root=root_company_sql(),
        )

    def action_open_document(self):
        """Open the invoice of the row."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.move_id.sudo().invoice_user_id)
