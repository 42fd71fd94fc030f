from odoo import models


class SmsSms(models.Model):
    """Reminders that never reached the provider are tried again."""

    _inherit = "sms.sms"

    def _handle_call_result_hook(self, results):
        # EXTENDS
        result = super()._handle_call_result_hook(results)
        failed = self.filtered(
            lambda one: one.state == "error" and one.failure_type == "sms_server"
        )
        if failed:
            self.env["sale.collection.reminder.texter"]._retry(failed)
        return result
