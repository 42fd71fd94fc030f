from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class SaleCollectionDisputeLine(models.Model):
    """The disputed part of one instalment, in the company's currency."""

    _name = "sale.collection.dispute.line"
    _description = "Disputed instalment"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "dispute_id, id"
    _rec_name = "move_id"

    dispute_id = fields.Many2one(
        "sale.collection.dispute", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="dispute_id.company_id")
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    partner_id = fields.Many2one(related="dispute_id.partner_id")
    state = fields.Selection(related="dispute_id.state")
    # Accounting deletes instalments when the terms of a drafted invoice change.
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        index="btree_not_null",
        ondelete="set null",
        domain="[('partner_id.commercial_partner_id', '=', partner_id), "
        "('account_type', '=', 'asset_receivable'), ('parent_state', '=', 'posted'), "
        "('collection_residual', '>', 0), ('company_id', 'child_of', company_id)]",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        compute="_compute_move_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_due = fields.Date(related="line_id.date_maturity", string="Due date")
    amount_residual = fields.Monetary(
        related="line_id.collection_residual", string="Open"
    )
    amount = fields.Monetary(
        string="Disputed",
        compute="_compute_amount",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="At most what is open. The rest is chased on.",
    )
    amount_open = fields.Monetary(
        string="Still disputed", compute="_compute_amount_open"
    )

    _line_once = models.Constraint(
        "UNIQUE (dispute_id, line_id)", "An instalment is in a dispute once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "Disputed: the amount cannot be negative."
    )

    # === COMPUTE ===#

    @api.depends("line_id")
    def _compute_move_id(self):
        for line in self:
            line.move_id = line.sudo().line_id.move_id or line.move_id

    @api.depends("line_id")
    def _compute_amount(self):
        taken = self._collect_open_amounts(self.line_id)
        for line in self:
            free = line.amount_residual - taken.get(line.line_id, 0.0)
            line.amount = line.amount or max(0.0, free)

    @api.depends("amount", "amount_residual")
    def _compute_amount_open(self):
        for line in self:
            line.amount_open = min(line.amount, max(0.0, line.amount_residual))

    # === CONSTRAINTS ===#

    @api.constrains("line_id", "amount", "dispute_id")
    def _check_instalments(self):
        lines = self.sudo().filtered(lambda line: line.state == "open" and line.line_id)
        for line in lines:
            line._check_debt()
        disputed = self._collect_open_amounts(lines.line_id)
        for instalment in lines.line_id:
            amount = disputed.get(instalment, 0.0)
            residual = max(0.0, instalment.collection_residual)
            if instalment.company_currency_id.compare_amounts(amount, residual) > 0:
                raise ValidationError(
                    self.env._(
                        "Disputed: %(amount)s is more than the %(open)s still open on "
                        "%(invoice)s. Lower the amount.",
                        amount=instalment.company_currency_id.format(amount),
                        open=instalment.company_currency_id.format(residual),
                        invoice=instalment.move_id.display_name,
                    )
                )

    def _check_debt(self):
        """Refuse what is not a debt of this customer to this company."""
        line, dispute = self.line_id, self.dispute_id
        if (
            line.account_type != "asset_receivable"
            or line.parent_state != "posted"
            or line.partner_id.commercial_partner_id != dispute.partner_id
            or line.company_id.root_id != dispute.company_id
        ):
            raise ValidationError(
                self.env._(
                    "Instalment: %(name)s is not a posted debt of %(customer)s.",
                    name=line.display_name,
                    customer=dispute.partner_id.display_name,
                )
            )

    @api.model
    def _collect_open_amounts(self, instalments):
        """Return {receivable line: amount in open disputes}."""
        return dict(
            self.sudo()._read_group(
                [("line_id", "in", instalments.ids), ("dispute_id.state", "=", "open")],
                ["line_id"],
                ["amount:sum"],
            )
        )

    @api.model
    def _get_open_query(self, company, only=SQL("TRUE")):  # noqa: B008
        """SQL of (line_id, amount): what is disputed of receivable lines now.

        What has been conceded counts until its credit note is posted: nobody is
        chased for money we are about to credit.

        :param SQL only: condition on the row `dispute`
        """
        return SQL(
            """
            SELECT part.line_id, SUM(part.amount) AS amount
              FROM sale_collection_dispute_line part
              JOIN sale_collection_dispute dispute ON dispute.id = part.dispute_id
              LEFT JOIN account_move note ON note.id = dispute.credit_note_id
             WHERE dispute.company_id = %s
               AND (dispute.state = 'open'
                    OR (dispute.state = 'accepted' AND note.state = 'draft'))
               AND %s
          GROUP BY part.line_id
            """,
            company.id,
            only,
        )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.dispute_id._check_may_change()
        return lines

    def write(self, vals):
        self.dispute_id._check_may_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self.dispute_id._check_may_change()

    # === BUSINESS ===#

    def _create_credit_notes(self):
        """Draft one credit note for each disputed invoice.

        Posting one matches it with its invoice: core does that for a credit note
        that names the invoice it reverses.
        """
        notes = self.env["account.move"]
        for invoice, lines in self.filtered("amount").grouped("move_id").items():
            if invoice.is_sale_document():
                notes += notes.create(lines._prepare_credit_note(invoice))
        return notes

    def _prepare_credit_note(self, invoice):
        """Return a credit note over the disputed share of every invoice line.

        Order lines are not linked: a price corrected is not a quantity to invoice
        again.
        """
        total = abs(invoice.amount_total_signed)
        share = sum(self.mapped("amount")) / total if total else 0.0
        return {
            "move_type": "out_refund",
            "partner_id": invoice.partner_id.id,
            "company_id": invoice.company_id.id,
            "currency_id": invoice.currency_id.id,
            "journal_id": invoice.journal_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_payment_term_id": False,
            "invoice_user_id": invoice.invoice_user_id.id,
            "reversed_entry_id": invoice.id,
            "ref": self.env._("Correction of %(invoice)s", invoice=invoice.name),
            "invoice_line_ids": [
                Command.create(self._prepare_credit_line(line, share))
                for line in invoice.invoice_line_ids
                if line.display_type == "product"
            ],
        }

    @api.model
    def _prepare_credit_line(self, line, share):
        paid_price = line.price_unit * line.quantity * (1 - line.discount / 100)
        return {
            "name": line.name,
            "account_id": line.account_id.id,
            "quantity": 1,
            "price_unit": line.currency_id.round(paid_price * share),
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "analytic_distribution": line.analytic_distribution,
        }
