from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionNoticeLine(models.Model):
    """The part of a payment notice that falls on one instalment."""

    _name = "sale.collection.notice.line"
    _description = "Instalment of a payment notice"
    _order = "notice_id, date_due, id"
    _rec_name = "line_name"

    notice_id = fields.Many2one(
        "sale.collection.notice", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="notice_id.company_id")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        required=True,
        index=True,
        ondelete="cascade",
    )
    line_name = fields.Char(
        string="Invoice", compute="_compute_line_facts", store=True, precompute=True
    )
    date_due = fields.Date(
        string="Due date", compute="_compute_line_facts", store=True, precompute=True
    )
    residual = fields.Monetary(string="Open", compute="_compute_residual")
    amount = fields.Monetary(string="Paid of it")

    _line_once = models.Constraint(
        "UNIQUE (notice_id, line_id)", "An instalment is in a payment notice once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The part paid of an invoice cannot be negative."
    )

    @api.depends("line_id")
    def _compute_line_facts(self):
        for part in self:
            line = part.line_id.sudo()
            part.line_name = line.move_id.name
            part.date_due = line.date_maturity or line.date

    @api.depends("line_id")
    def _compute_residual(self):
        for part in self:
            part.residual = part.line_id.sudo().collection_residual_currency

    @api.constrains("line_id", "notice_id")
    def _check_debt(self):
        for part in self.sudo():
            line, notice = part.line_id, part.notice_id
            if (
                line.account_type != "asset_receivable"
                or line.parent_state != "posted"
                or line.currency_id != notice.currency_id
                or line.partner_id.commercial_partner_id != notice.partner_id
                or line.company_id.root_id != notice.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "Invoices: choose posted invoices of %(customer)s in "
                        "%(currency)s.",
                        customer=notice.partner_id.display_name,
                        currency=notice.currency_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.notice_id._check_may_change()
        return parts

    def write(self, vals):
        self.notice_id._check_may_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self.notice_id._check_may_change()
