from odoo import models


class SmsTracker(models.Model):
    """Tell reminders what became of their text messages.

    All a provider says comes by here: at sending, and later by its reports.
    """

    _inherit = "sms.tracker"

    def _update_sms_notifications(
        self, notification_status, failure_type=False, failure_reason=False
    ):
        # EXTENDS
        result = super()._update_sms_notifications(
            notification_status, failure_type, failure_reason
        )
        self.env["sale.collection.reminder.texter"]._note_status(
            self.mapped("sms_uuid"), notification_status, failure_type, failure_reason
        )
        return result
