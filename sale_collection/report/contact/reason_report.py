from odoo import fields, models
from odoo.tools import SQL

from ...models.contact.reason import SIDES
from ...models.core.open_line import DEPENDS, open_lines_of_sql


class SaleCollectionReasonReport(models.Model):
    """What each delay reason costs: overdue amounts times the days they were late.

    One row for each late part of an instalment, paid or still open. What is disputed
    now has the reason of its dispute. All else has that of the last talk with the
    customer between the due date and the money, the confirmed one before the stated
    one; without such a talk that of a dispute over the instalment.
    """

    _name = "sale.collection.reason.report"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Overdue by reason"
    _auto = False
    _order = "amount_days desc, id"
    _rec_name = "move_id"
    _depends = {
        **DEPENDS,
        "sale.collection.contact": [
            "confirmed_reason_id",
            "date",
            "profile_id",
            "reason_id",
        ],
        "sale.collection.dispute": ["reason_id", "state"],
        "sale.collection.dispute.line": ["amount", "dispute_id", "line_id"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
        "sale.collection.reason": ["side"],
        "sale.collection.receipt": ["amount", "date", "due_date", "kind", "line_ref"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    reason_id = fields.Many2one(
        "sale.collection.reason", string="Delay reason", readonly=True
    )
    side = fields.Selection(SIDES, readonly=True)
    is_open = fields.Boolean(string="Still open", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    date = fields.Date(
        readonly=True, help="Day of the money, or today where it is still missing."
    )
    amount = fields.Monetary(
        string="Late amount",
        readonly=True,
        help="Open and overdue today, and what was paid after its due date.",
    )
    days = fields.Integer(string="Days overdue", readonly=True, aggregator="avg")
    amount_days = fields.Float(
        string="Amount x days",
        digits=(16, 0),
        readonly=True,
        help="Late amount x days past the due date, added up: 1,000 paid 10 days late "
        "and 10,000 paid one day late weigh the same.",
    )

    @property
    def _table_query(self):
        # The root's own clock: a query has one today, the one of who looks at it.
        today = self.env.company.root_id._collection_today()
        return SQL(
            """
            WITH late AS (%(open)s UNION ALL %(paid)s)
            SELECT late.id, late.company_id, late.partner_id, profile.user_id,
                   late.move_id, reason.id AS reason_id, reason.side, late.is_open,
                   late.date_due, late.date, late.amount,
                   late.date - late.date_due AS days,
                   late.amount * (late.date - late.date_due) AS amount_days
              FROM late
              JOIN res_company company ON company.id = late.company_id
              LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = late.partner_id
               AND profile.company_id
                   = SPLIT_PART(company.parent_path, '/', 1)::int
              LEFT JOIN sale_collection_reason reason ON reason.id = %(reason)s
            """,
            open=self._get_open_sql(today),
            paid=self._get_paid_sql(today),
            reason=self._get_reason_sql(),
        )

    def _get_open_sql(self, today):
        # Even ids are instalments, odd ones disputed parts, negative ones money.
        return SQL(
            """
            SELECT piece.id, line.id AS line_ref, line.company_id, line.move_id,
                   customer.commercial_partner_id AS partner_id,
                   line.date_due,
                   line.today AS date, piece.amount, TRUE AS is_open,
                   piece.reason_id
              FROM (%(lines)s) line
              JOIN res_partner customer ON customer.id = line.partner_id
             CROSS JOIN LATERAL (%(pieces)s) piece
             WHERE line.residual > 0
               AND line.date_due < line.today
               AND piece.amount > 0
            """,
            lines=open_lines_of_sql(dict.fromkeys(self.env.companies.ids, today)),
            pieces=self._get_pieces_sql(),
        )

    def _get_pieces_sql(self):
        """Cut the open amount of the table `line` into disputed parts and the rest."""
        return SQL(
            """
            WITH part AS (
                SELECT disputed.id, dispute.reason_id, disputed.amount,
                       SUM(disputed.amount) OVER () AS total
                  FROM sale_collection_dispute_line disputed
                  JOIN sale_collection_dispute dispute
                    ON dispute.id = disputed.dispute_id
                 WHERE disputed.line_id = line.id AND dispute.state = 'open'
            )
            SELECT id * 2 + 1 AS id, reason_id,
                   amount * LEAST(1, line.residual / NULLIF(total, 0)) AS amount
              FROM part
             UNION ALL
            SELECT line.id * 2, NULL,
                   line.residual - COALESCE((SELECT MAX(total) FROM part), 0)
            """
        )

    def _get_paid_sql(self, today):
        # Money undone is netted by its reversal, which has the same dates. What was
        # paid back to the customer is no late money of theirs.
        return SQL(
            """
            SELECT -receipt.id, receipt.line_ref, receipt.company_id, receipt.move_id,
                   receipt.partner_id, receipt.due_date, receipt.date, receipt.amount,
                   FALSE, NULL::int
              FROM sale_collection_receipt receipt
             WHERE receipt.kind = 'cash' AND receipt.date > receipt.due_date
               AND receipt.date <= %s
               AND (receipt.amount > 0) = (receipt.reversal_of_id IS NULL)
            """,
            today,
        )

    def _get_reason_sql(self):
        """Select the reason of the table `late`."""
        return SQL(
            """
            COALESCE(
                late.reason_id,
                (SELECT COALESCE(contact.confirmed_reason_id, contact.reason_id)
                   FROM sale_collection_contact contact
                  WHERE contact.profile_id = profile.id
                    AND contact.date BETWEEN late.date_due AND late.date
                    AND COALESCE(contact.confirmed_reason_id, contact.reason_id)
                        IS NOT NULL
                  ORDER BY contact.date DESC, contact.id DESC
                  LIMIT 1),
                (SELECT dispute.reason_id
                   FROM sale_collection_dispute_line part
                   JOIN sale_collection_dispute dispute ON dispute.id = part.dispute_id
                  WHERE part.line_id = late.line_ref
                    AND dispute.state IN ('open', 'accepted')
                  ORDER BY dispute.id DESC
                  LIMIT 1)
            )
            """
        )

    # === ACTIONS ===#

    def action_open_document(self):
        """Open the document of the line."""
        self.ensure_one()
        return self.move_id._open_of_colleague(self.move_id.sudo().invoice_user_id)
