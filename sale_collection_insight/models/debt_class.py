from odoo import fields, models


class SaleCollectionDebtClass(models.Model):
    """How much of debts of an age is expected to be lost: a class of bad debts.

    A debt is in the class with the highest first day it has reached, counted from its
    due date. Nothing is booked from it.
    """

    _name = "sale.collection.debt.class"
    _description = "Bad-debt class"
    _order = "from_days, id"

    name = fields.Char(required=True, translate=True)
    from_days = fields.Integer(
        string="From day overdue",
        required=True,
        default=1,
        help="First day past the due date. 0: also what is not due.",
    )
    percent = fields.Float(
        string="Provision (%)",
        digits=(5, 2),
        help="Part of the open amount expected to be lost.",
    )

    _from_days_unique = models.UniqueIndex(
        "(from_days)", "Two classes cannot begin on the same day overdue."
    )
    _from_days_positive = models.Constraint(
        "CHECK (from_days >= 0)", "From day overdue: enter 0 or more days."
    )
    _percent_range = models.Constraint(
        "CHECK (percent BETWEEN 0 AND 100)", "A provision is 0 to 100 %."
    )
