from odoo import fields, models


class SaleCollectionReminderEffect(models.Model):
    """What text messages brought, beside the other channels."""

    _inherit = "sale.collection.reminder.effect"

    channel = fields.Selection(selection_add=[("sms", "SMS"), ("letter",)])
