from odoo import fields, models


class SaleCollectionReminderPreviewLine(models.TransientModel):
    """A reminder that lies ahead of a customer."""

    _name = "sale.collection.reminder.preview.line"
    _description = "Reminder ahead"
    _order = "id"

    preview_id = fields.Many2one(
        "sale.collection.reminder.preview",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    date = fields.Date(readonly=True)
    step_id = fields.Many2one(
        "sale.collection.ladder.step", readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(related="step_id.channel")
    stage = fields.Selection(related="step_id.stage")
    amount = fields.Monetary(string="Asked for", readonly=True)
    documents = fields.Char(string="Invoices", readonly=True)
