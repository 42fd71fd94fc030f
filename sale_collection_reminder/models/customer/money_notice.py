from datetime import timedelta

from odoo import fields, models

# A reminder this old was not what made the customer pay.
REMINDED_DAYS = 60


class SaleCollectionMoneyNotice(models.Model):
    """Thank customers who pay what a reminder asked for."""

    _inherit = "sale.collection.money.notice"

    thanked_id = fields.Many2one(
        "res.partner",
        readonly=True,
        ondelete="set null",
        help="The contact who got a reminder of this debt and was thanked by mail.",
    )

    def _on_told(self):
        # EXTENDS: the customer hears of it first
        self._thank()
        return super()._on_told()

    def _thank(self):
        """Thank customers who have paid all that their last reminder asked for.

        Not from a database that reminds nobody: neutralized or for demonstration.
        """
        if self.env["sale.collection.ladder"]._get_silence():
            return
        template = self.env.ref("sale_collection_reminder.mail_template_thank_you")
        wanted = self.filtered("company_id.collection_thank_you")
        for notice, reminder in wanted._get_answered_reminders().items():
            notice.thanked_id = reminder.recipient_id
        thanked = self.filtered("thanked_id.email")
        texts = template._collection_draw(thanked)
        for notice in thanked.with_context(mail_notify_force_send=False):
            subject, body = texts[notice.id]
            notice.profile_id.message_post(
                subject=subject,
                body=body,
                partner_ids=notice.thanked_id.ids,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="sale_collection.mail_layout",
            )

    def _get_answered_reminders(self):
        """Return {notice: the last reminder of its customer}, if all of it is paid."""
        first_day = fields.Date.today() - timedelta(REMINDED_DAYS)
        reminders = self.env["sale.collection.reminder"].search(
            [
                ("profile_id", "in", self.profile_id.ids),
                ("state", "in", ("queued", "sent")),
                ("channel", "in", ("mail", "letter")),
                ("date", ">=", first_day),
            ],
            order="date desc, id desc",
        )
        latest = {}
        for reminder in reminders:
            latest.setdefault(reminder.profile_id, reminder)
        return {
            notice: latest[notice.profile_id]
            for notice in self
            if notice.profile_id in latest
            and notice._answers(latest[notice.profile_id])
        }

    def _answers(self, reminder):
        """Tell whether this money paid the last of what a reminder asked for."""
        asked = reminder.line_ids.line_id
        return bool(asked & self.receipt_ids.line_id) and all(
            line.collection_residual <= 0 for line in asked
        )
