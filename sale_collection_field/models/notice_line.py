from odoo import fields, models


class SaleCollectionNoticeLine(models.Model):
    """The part of a payment notice that falls on one instalment."""

    _name = "sale.collection.notice.line"
    _description = "Instalment of a payment notice"
    _inherit = ["sale.collection.handed.part"]
    _order = "notice_id, date_due, id"
    _owner = "notice_id"

    notice_id = fields.Many2one(
        "sale.collection.notice", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="notice_id.company_id")
    currency_id = fields.Many2one(related="notice_id.currency_id")

    _line_once = models.Constraint(
        "UNIQUE (notice_id, line_id)", "An instalment is in a payment notice once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The part paid of an invoice cannot be negative."
    )
