from odoo import fields, models


class SaleCollectionBacktestLine(models.TransientModel):
    """What then happened with the invoices to customers of one grade."""

    _name = "sale.collection.backtest.line"
    _description = "Back-test of a grade"
    _order = "id"
    _rec_name = "grade_id"
    _transient_max_hours = 12

    backtest_id = fields.Many2one(
        "sale.collection.backtest", required=True, ondelete="cascade", index=True
    )
    grade_id = fields.Many2one(
        "sale.collection.grade", required=True, readonly=True, ondelete="cascade"
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    invoice_count = fields.Integer(string="Instalments", readonly=True)
    late_rate = fields.Float(string="Paid late", readonly=True, aggregator="avg")
    over_30_rate = fields.Float(
        string="Over 30 days late", readonly=True, aggregator="avg"
    )
