from odoo import fields, models


class SaleCollectionBillLine(models.Model):
    """The part of a bill that falls on one instalment."""

    _name = "sale.collection.bill.line"
    _description = "Instalment of a bill"
    _inherit = ["sale.collection.handed.part"]
    _order = "bill_id, date_due, id"
    _owner = "bill_id"

    bill_id = fields.Many2one(
        "sale.collection.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bill_id.company_id")
    currency_id = fields.Many2one(related="bill_id.currency_id")

    _line_once = models.Constraint(
        "UNIQUE (bill_id, line_id)", "An instalment is in a bill once."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The part paid of an invoice cannot be negative."
    )
