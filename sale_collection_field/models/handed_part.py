from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionHandedPart(models.AbstractModel):
    """The part of money made over that falls on one instalment."""

    _name = "sale.collection.handed.part"
    _description = "Instalment of money made over"
    _inherit = ["sale.collection.code.written"]
    _rec_name = "line_name"

    # Name of the field of the record it is a part of.
    _owner = ""

    currency_id = fields.Many2one("res.currency")
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

    @api.constrains("line_id")
    def _check_debt(self):
        for part in self.sudo():
            line, owner = part.line_id, part[part._owner]
            if (
                line.account_type != "asset_receivable"
                or line.parent_state != "posted"
                or line.currency_id != owner.currency_id
                or line.partner_id.commercial_partner_id != owner.partner_id
                or line.company_id.root_id != owner.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "Invoices: choose posted invoices of %(customer)s in "
                        "%(currency)s.",
                        customer=owner.partner_id.display_name,
                        currency=owner.currency_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts[parts._owner]._check_may_change()
        parts._check_sums()
        return parts

    def write(self, vals):
        self[self._owner]._check_may_change()
        result = super().write(vals)
        if self._owner in vals:
            self[self._owner]._check_may_change()
            self._check_debt()
        self._check_sums()
        return result

    def _check_sums(self):
        """Hold parts that are changed by themselves to the amount of the whole.

        :raise ValidationError: they add up to more
        """
        for owner in self[self._owner]:
            # Whoever changes the whole checks its parts once they are all written.
            if not self.env.is_protected(owner._fields["line_ids"], owner):
                owner._check_parts()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self[self._owner]._check_may_change()
