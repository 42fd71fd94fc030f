from odoo import fields, models

from .ladder import PACES


class SaleCollectionGrade(models.Model):
    """How a grade's customers are reminded."""

    _inherit = "sale.collection.grade"

    pace = fields.Selection(
        PACES,
        string="Reminders",
        default="normal",
        required=True,
        help="Customers of this grade get the reminder plan of this pace.",
    )
