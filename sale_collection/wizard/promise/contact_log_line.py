from odoo import fields, models


class SaleCollectionContactLogLine(models.TransientModel):
    """An instalment the talk was about."""

    _name = "sale.collection.contact.log.line"
    _description = "Instalment talked about"

    log_id = fields.Many2one(
        "sale.collection.contact.log", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "account.move.line", string="Instalment", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="line_id.company_currency_id")
    move_id = fields.Many2one(related="line_id.move_id", string="Invoice")
    date_due = fields.Date(related="line_id.date_maturity", string="Due date")
    amount_residual = fields.Monetary(
        related="line_id.collection_residual", string="Open"
    )
    disputed = fields.Monetary(help="What they do not want to pay of it.")
