from odoo import api, fields, models

from ...tools.promise import split_oldest, split_pro_rata


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
            live = line.parent_state == "posted"
            allocation.residual = line.amount_residual if live else 0.0

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
