from odoo import api, fields, models


class SmsSms(models.Model):
    """Reminders that never reached the provider are tried again an hour later.

    They wait outside of core's queue, which begins anew at once while it holds more
    than it has just sent. In the queue each company sends its own; what somebody sends
    by hand goes by the company they work in, as in core.
    """

    _inherit = "sms.sms"

    collection_retry_at = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
    )

    @api.model
    def _process_queue(self):
        # EXTENDS: with the reminders that have waited
        self.env["sale.collection.reminder.texter"]._queue_waiting()
        return super()._process_queue()

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        # EXTENDS: core's queue is of all companies, and it sends for one alone
        groups = [self]
        if not self.env.context.get("sms_api"):
            groups = self.grouped(lambda one: one._get_sms_company()).values()
        for same in groups:
            super(SmsSms, same)._send(
                unlink_failed=unlink_failed,
                unlink_sent=unlink_sent,
                raise_exception=raise_exception,
            )
        return None

    def _handle_call_result_hook(self, results):
        # EXTENDS
        result = super()._handle_call_result_hook(results)
        failed = self.filtered(
            lambda one: one.state == "error" and one.failure_type == "sms_server"
        )
        if failed:
            self.env["sale.collection.reminder.texter"]._retry(failed)
        return result
