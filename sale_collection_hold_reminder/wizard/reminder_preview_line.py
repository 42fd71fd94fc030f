from odoo import fields, models


class SaleCollectionReminderPreviewLine(models.TransientModel):
    _inherit = "sale.collection.reminder.preview.line"

    hold_strength = fields.Selection(related="step_id.hold_strength")
