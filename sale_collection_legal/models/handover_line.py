from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionHandoverLine(models.Model):
    """An instalment handed over: what was open of it then, and what came since."""

    _name = "sale.collection.handover.line"
    _description = "Instalment handed over"
    _inherit = ["sale.collection.code.written"]
    _order = "date_due, id"
    _rec_name = "line_name"

    handover_id = fields.Many2one(
        "sale.collection.handover", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="handover_id.company_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        index="btree_not_null",
        ondelete="set null",
    )
    # Accounting deletes receivable lines; what was handed over stays on record.
    line_ref = fields.Integer(
        compute="_compute_line_facts",
        store=True,
        precompute=True,
        export_string_translation=False,
    )
    line_name = fields.Char(
        string="Invoice", compute="_compute_line_facts", store=True, precompute=True
    )
    invoice_date = fields.Date(
        string="Invoice date",
        compute="_compute_line_facts",
        store=True,
        precompute=True,
    )
    date_due = fields.Date(
        string="Due date", compute="_compute_line_facts", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_line_facts", store=True, precompute=True
    )
    amount = fields.Monetary(
        string="Handed over", readonly=True, currency_field="company_currency_id"
    )
    amount_currency = fields.Monetary(
        string="In currency",
        readonly=True,
        help="What was open then, in the currency of the invoice.",
    )
    residual = fields.Monetary(
        string="Open",
        compute="_compute_residual",
        currency_field="company_currency_id",
    )
    amount_collected = fields.Monetary(
        string="Collected since",
        compute="_compute_amount_collected",
        currency_field="company_currency_id",
    )
    is_live = fields.Boolean(
        readonly=True, default=True, export_string_translation=False
    )

    _one_live = models.UniqueIndex(
        "(line_ref) WHERE is_live",
        "One of these instalments has just been handed over by somebody else.",
    )

    # === COMPUTE ===#

    @api.depends("line_id")
    def _compute_line_facts(self):
        for part in self:
            line = part.line_id.sudo()
            if not line:
                continue
            part.line_ref = line._origin.id
            part.line_name = line.move_id.name
            part.invoice_date = line.move_id.invoice_date or line.date
            part.date_due = line.date_maturity or line.date
            part.currency_id = line.currency_id

    @api.depends("line_id")
    def _compute_residual(self):
        for part in self:
            part.residual = part.line_id.sudo().collection_residual

    @api.depends("handover_id.date", "handover_id.ended_on", "handover_id.state")
    def _compute_amount_collected(self):
        rows = self._find_receipts().grouped("line_ref")
        for part in self:
            part.amount_collected = sum(
                row.amount
                for row in rows.get(part.line_ref, ())
                if part.handover_id._counts(row)
            )

    def _find_receipts(self):
        """Return the rows of the ledger on these instalments since their hand-over."""
        rows = self.env["sale.collection.receipt"].sudo()
        handed = self.filtered(lambda part: part.handover_id.date)
        found = rows.search(
            [("line_ref", "in", handed.mapped("line_ref")), ("kind", "=", "cash")]
        )
        parts = handed.grouped("line_ref")
        return found.filtered(
            lambda row: any(
                part.handover_id._counts(row) for part in parts[row.line_ref]
            )
        )

    # === CONSTRAINTS ===#

    @api.constrains("line_id", "handover_id")
    def _check_debt(self):
        for part in self.sudo().filtered("line_id"):
            line, owner = part.line_id, part.handover_id
            if (
                line.account_type != "asset_receivable"
                or line.parent_state != "posted"
                or line.balance <= 0
                or line.partner_id.commercial_partner_id != owner.partner_id
                or line.company_id.root_id != owner.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "Instalments: choose posted invoices of %(customer)s.",
                        customer=owner.partner_id.display_name,
                    )
                )

    @api.model
    def _check_once(self, line_ids, own=()):
        """Refuse an instalment that is in another hand-over at the same time.

        :param line_ids: ids of instalments
        :param own: ids of the parts that may have them
        """
        domain = [
            ("line_ref", "in", list(line_ids)),
            ("is_live", "=", True),
            ("id", "not in", list(own)),
        ]
        other = self.sudo().search(domain, limit=1)
        if other:
            raise ValidationError(
                self.env._(
                    "%(invoice)s is in another hand-over: %(other)s. End that one "
                    "first.",
                    invoice=other.line_name,
                    other=other.handover_id.display_name,
                )
            )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        self._check_once(vals["line_id"] for vals in vals_list if vals.get("line_id"))
        parts = super().create(vals_list)
        parts.handover_id._check_may_change()
        return parts

    def write(self, vals):
        if not self.env.su:
            self.handover_id._check_may_change()
        if vals.get("line_id"):
            self._check_once([vals["line_id"]], self.ids)
        result = super().write(vals)
        if "handover_id" in vals:
            self.handover_id._check_may_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        self.handover_id._check_may_change()

    def _take_stock(self):
        """Note what is open of each instalment now, in both currencies.

        Nothing where it was settled meanwhile: letter and hand-over go on without it.
        """
        for part in self:
            line = part.line_id
            is_open = line.collection_residual > 0
            part.write(
                {
                    "amount": is_open and line.collection_residual,
                    "amount_currency": is_open and line.collection_residual_currency,
                }
            )
