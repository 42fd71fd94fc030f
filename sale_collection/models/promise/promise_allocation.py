from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.promise import split_oldest, split_pro_rata
from ..core.open_line import open_lines_sql


class SaleCollectionPromiseAllocation(models.Model):
    """The part of a promise that falls on one instalment.

    One row per promise and receivable line. A live row claims its line: the
    database keeps a second live promise off it.
    """

    _name = "sale.collection.promise.allocation"
    _inherit = ["sale.collection.promise.part"]
    _description = "Instalment promised"
    _order = "due_date, line_ref, id"
    _rec_name = "line_name"

    promise_id = fields.Many2one(
        "sale.collection.promise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promise_id.company_id")
    currency_id = fields.Many2one(related="promise_id.currency_id")
    partner_id = fields.Many2one(related="promise_id.partner_id")
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        index="btree_not_null",
        ondelete="set null",
    )
    # Accounting deletes receivable lines; the ledger still knows their number.
    line_ref = fields.Integer(
        compute="_compute_line_facts",
        store=True,
        precompute=True,
        export_string_translation=False,
    )
    line_name = fields.Char(
        string="Invoice", compute="_compute_line_facts", store=True, precompute=True
    )
    due_date = fields.Date(
        string="Due date", compute="_compute_line_facts", store=True, precompute=True
    )
    residual = fields.Monetary(string="Open", compute="_compute_residual")
    amount_open = fields.Monetary(
        readonly=True, help="What was open when the promise was made."
    )
    # The youngest row of the ledger on the instalment then: times are in seconds,
    # and money may be booked in the same second.
    receipt_mark = fields.Integer(readonly=True, export_string_translation=False)
    amount = fields.Monetary(
        string="Promised",
        compute="_compute_amount",
        store=True,
        readonly=False,
    )
    waived = fields.Monetary(
        readonly=True, help="What the plan leaves open, written off once it is kept."
    )
    is_live = fields.Boolean(
        readonly=True, help="The promise is open and covers this instalment."
    )

    _one_live = models.UniqueIndex(
        "(line_ref) WHERE is_live",
        "One of these invoices has just been promised by somebody else. Reload and "
        "try again.",
    )
    _one_per_promise = models.UniqueIndex(
        "(promise_id, line_ref)", "An instalment can be in a promise only once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The part promised for an invoice cannot be negative."
    )

    # === COMPUTE ===#

    @api.depends("line_id")
    def _compute_line_facts(self):
        for allocation in self:
            line = allocation.line_id.sudo()
            if not line:
                continue
            allocation.line_ref = line._origin.id
            allocation.line_name = line.move_id.name
            allocation.due_date = line.date_maturity or line.date

    @api.depends("line_id")
    def _compute_residual(self):
        for allocation in self:
            line = allocation.line_id.sudo()
            allocation.residual = line.collection_residual

    @api.depends(
        "line_id",
        "promise_id.amount",
        "promise_id.split",
        "promise_id.allocation_ids.line_id",
    )
    def _compute_amount(self):
        for promise, allocations in self.grouped("promise_id").items():
            if promise.state != "draft" or promise.split == "manual":
                for allocation in allocations:
                    allocation.amount = allocation.amount
                continue
            siblings = promise.allocation_ids.sorted("due_date")
            parts = dict(zip(siblings, siblings._split(promise), strict=True))
            for allocation in allocations:
                allocation.amount = parts.get(allocation, 0.0)

    def _split(self, promise):
        """Return the amounts of these instalments, in their order."""
        split = split_oldest if promise.split == "oldest" else split_pro_rata
        currency = promise.currency_id
        opens = [max(allocation.residual, 0.0) for allocation in self]
        return split(promise.amount, opens, currency.decimal_places)

    # === CLAIMS ===#

    def _claim(self, known):
        """Claim these instalments, noting what was open and paid on them.

        A second live promise on one of them fails on the unique index.

        :param SQL known: on `receipt` and `promise`, the money known when the promise
            was made
        """
        if not self:
            return
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT known.id, known.mark, (
                           SELECT COALESCE(SUM(receipt.amount), 0)::float8
                             FROM sale_collection_receipt receipt
                            WHERE receipt.line_ref = known.line_ref
                              AND receipt.date <= %(today)s
                              AND receipt.id > known.mark)
                  FROM (SELECT part.id, part.line_ref, part.line_id,
                               COALESCE(MAX(receipt.id) FILTER (WHERE %(known)s), 0)
                                   AS mark
                          FROM sale_collection_promise_allocation part
                          JOIN sale_collection_promise promise
                            ON promise.id = part.promise_id
                          LEFT JOIN sale_collection_receipt receipt
                            ON receipt.line_ref = part.line_ref
                         WHERE part.id = ANY(%(ids)s)
                         GROUP BY part.id) known
                """,
                ids=self.ids,
                known=known,
                today=self.promise_id.company_id[:1]._collection_today(),
            )
        )
        for part_id, mark, paid in rows:
            part = self.browse(part_id)
            amount = part.line_id.sudo().collection_residual + paid
            part.write({"is_live": True, "receipt_mark": mark, "amount_open": amount})
        self.flush_model()

    def _update_claims(self):
        """Let judged promises go of these instalments, re-opened ones claim them.

        An instalment promised anew in the meantime stays with the new promise.
        """
        released = self.filtered(
            lambda part: part.is_live and part.promise_id.state != "open"
        )
        released.write({"is_live": False})
        wanted = self.filtered(
            lambda part: not part.is_live and part.promise_id.state == "open"
        )
        live = [("line_ref", "in", wanted.mapped("line_ref")), ("is_live", "=", True)]
        taken = set(self.search(live).mapped("line_ref")) if wanted else set()
        for part in wanted.sorted(lambda part: -part.promise_id.id):
            if part.line_ref not in taken:
                part.is_live = True
                taken.add(part.line_ref)

    # === WHAT THEY COVER ===#

    @api.model
    def _get_cover_query(self, company, today, due_before=None):
        """SQL of (partner_id, line_ref, amount): overdue parts that are promised.

        What is left of the promise, with what it waives, instalment by instalment, the
        oldest first; what is disputed of one is no longer asked for.
        Standing promises cover no instalment, see the promised payments.

        :param due_before: `infinity` for parts not due as well; today when left out
        """
        return SQL(
            """
            SELECT promise.partner_id, part.line_ref,
                   LEAST(owed.amount, asked.amount,
                         GREATEST(0, promise.amount - promise.amount_received
                             + COALESCE(SUM(part.waived) OVER whole, 0)
                             - COALESCE(SUM(LEAST(owed.amount, asked.amount))
                                 OVER before, 0))) AS amount
              FROM sale_collection_promise_allocation part
        CROSS JOIN LATERAL (
                  SELECT part.amount + COALESCE(part.waived, 0) AS amount) asked
              JOIN sale_collection_promise promise ON promise.id = part.promise_id
              JOIN (%(lines)s) line ON line.id = part.line_id
         LEFT JOIN (%(disputed)s) disputed ON disputed.line_id = line.id
              JOIN LATERAL (SELECT GREATEST(
                  0, line.residual - COALESCE(disputed.amount, 0)) AS amount
              ) owed ON TRUE
             WHERE part.is_live
               AND promise.company_id = %(company)s
               AND line.residual > 0
               AND line.date_due < %(due_before)s
            WINDOW whole AS (PARTITION BY promise.id),
                   before AS (
                PARTITION BY promise.id ORDER BY part.due_date, part.line_ref
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            """,
            company=company.id,
            due_before=due_before or today,
            lines=open_lines_sql(
                company,
                today,
                SQL(
                    "line.id IN (SELECT line_id"
                    " FROM sale_collection_promise_allocation WHERE is_live)"
                ),
            ),
            disputed=self.env["sale.collection.dispute.line"]._get_open_query(company),
        )
