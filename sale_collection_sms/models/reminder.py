from odoo import fields, models


class SaleCollectionReminder(models.Model):
    """A reminder may be a text message."""

    _inherit = "sale.collection.reminder"

    channel = fields.Selection(
        selection_add=[("sms", "SMS"), ("letter",)],
        ondelete={"sms": lambda reminders: reminders.write({"channel": "mail"})},
    )
    # That of the message in the queue; core deletes the message once it is sent.
    sms_uuid = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
    )

    def write(self, vals):
        # EXTENDS: words written for an SMS are none for an e-mail, and the reverse
        crossing = self.browse()
        if "channel" in vals:
            is_sms = vals["channel"] == "sms"
            crossing = self.filtered(
                lambda one: (one.channel == "sms") != is_sms and not one.message_id
            )
        result = super().write(vals)
        if crossing:
            self.env["sale.collection.reminder.text"]._unfix(crossing)
        return result
