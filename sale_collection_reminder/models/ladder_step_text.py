from odoo import fields, models


class SaleCollectionLadderStep(models.Model):
    """What goes with the text of a step."""

    _inherit = "sale.collection.ladder.step"

    pay_days = fields.Integer(
        string="Days to pay",
        default=7,
        help="The text asks for the money within so many days, by a working day.",
    )
    attach_statement = fields.Boolean(
        string="Attach statement", help="The statement of account as PDF."
    )
    attach_invoices = fields.Boolean(
        string="Attach invoices",
        help="The invoices asked for as PDF. With more than 20 of them the statement "
        "of account goes instead.",
    )

    _pay_days_positive = models.Constraint(
        "CHECK (pay_days >= 0)", "'Days to pay' of a step cannot be negative."
    )
