from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...tools.promise import Instalment

# A broken promise older than this many days is no news any more.
FRESH_DAYS = 30
# What happens for customers without a grade.
DEFAULT_PACE = ("activity", "activity", 0)


class SaleCollectionPromise(models.Model):
    """Asking before the day, and after a broken promise, at the grade's pace."""

    _inherit = "sale.collection.promise"

    @api.model
    def _follow_up(self, today=None):
        """Confirm what is due on the next working day, follow up what was broken.

        :param date today: the company's own today when left out
        :return: {`confirmed`: promises, `followed`: promises}
        """
        company = self.env.company.sudo().root_id
        today = today or company._collection_today()
        due = self.sudo()._get_due_soon(company, today)
        broken = self.sudo()._get_newly_broken(company, today)
        due._confirm(today)
        broken._chase(today)
        return {"confirmed": len(due), "followed": len(broken)}

    # === COLLECT ===#

    @api.model
    def _get_due_soon(self, company, today):
        """Return open promises due up to the next working day, not confirmed yet.

        What is due on Monday, or on the weekend, is confirmed on Friday.
        """
        last_day = company._get_next_working_day(today + timedelta(1))
        due = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("next_date", ">", today),
                ("next_date", "<=", last_day),
            ]
        )
        return due.filtered(
            lambda promise: (
                promise.confirmed_date != promise.next_date
                and promise._get_pace()[0] != "none"
            )
        )

    @api.model
    def _get_newly_broken(self, company, today):
        """Return promises missed whose time to be followed up has come."""
        missed = Domain("state", "in", ("partial", "broken"))
        missed &= Domain("followed_up", "=", False)
        missed &= Domain("date", ">=", today - timedelta(FRESH_DAYS))
        mine = Domain("company_id", "=", company.id)
        steady = self._get_steady_domain()
        broken = self.search(
            mine & ~steady & missed & Domain("superseded_by_id", "=", False)
        )
        given = Domain("state", "in", ("open", "partial", "broken"))
        lines = self.plan_line_ids.search(
            missed & Domain("promise_id", "any", mine & steady & given)
        )
        return (broken | lines.promise_id).filtered(
            lambda promise: promise._get_chase_date() <= today
        )

    @api.model
    def _get_steady_domain(self):
        """Return promises that go on after a missed payment: each is followed up."""
        goes_on = Domain("kind", "=", "plan") & Domain("breach_action", "=", "continue")
        return goes_on | Domain("kind", "=", "standing")

    def _get_pace(self):
        """Return the grade's (confirmation, follow-up, days to wait)."""
        grade = self.profile_id.grade_id
        if not grade:
            return DEFAULT_PACE
        return (
            grade.promise_confirm,
            grade.promise_follow_up,
            grade.promise_follow_up_days,
        )

    def _get_chase_date(self):
        """Return the day a broken promise is followed up on."""
        missed = self._get_missed_lines()
        news = missed.filtered(lambda line: not line.followed_up)
        day = min((news or missed).mapped("date"), default=self.date)
        return day + timedelta(self.grace_days + 1 + self._get_pace()[2])

    def _get_missed_lines(self):
        return self.plan_line_ids.filtered(
            lambda line: line.state in ("partial", "broken")
        )

    def _get_missed_payment(self):
        """Return day and amount not paid in time: of a plan its latest such part."""
        latest = self._get_missed_lines().sorted("date")[-1:] or self
        return Instalment(latest.date, latest.amount)

    # === APPLY ===#

    def _confirm(self, today):
        """Have the payments due soon confirmed by the customer."""
        for day, promises in self.grouped("next_date").items():
            promises.write({"confirmed_date": day})
        mailed = self.filtered(lambda promise: promise._get_pace()[0] == "mail")
        mailed._send("sale_collection.mail_template_promise_due")
        self._schedule(
            self - mailed,
            "sale_collection.mail_activity_promise_due",
            lambda promise: promise._get_due_summary(),
            today,
        )

    def _chase(self, today):
        """Follow up broken promises."""
        self.write({"followed_up": True})
        self._get_missed_lines().write({"followed_up": True})
        mailed = self.filtered(lambda promise: promise._get_pace()[1] == "mail")
        called = self.filtered(lambda promise: promise._get_pace()[1] == "activity")
        mailed._send("sale_collection.mail_template_promise_broken")
        self._schedule(
            called,
            "sale_collection.mail_activity_promise_broken",
            lambda promise: promise._get_broken_summary(),
            today,
        )

    @api.model
    def _schedule(self, promises, activity_type, get_summary, today):
        """Give each promise's collector an activity, all in one create."""
        kind = self.env.ref(activity_type)
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": promise.id,
                    "summary": get_summary(promise),
                    "date_deadline": today,
                    "user_id": promise.user_id.id,
                    "automated": True,
                }
                for promise in promises
            ]
        )

    def _get_due_summary(self):
        return self.env._(
            "Confirm %(amount)s on %(date)s",
            amount=self.currency_id.format(self.next_amount),
            date=format_date(self.env, self.next_date),
        )

    def _get_broken_summary(self):
        return self.env._(
            "Promise of %(amount)s not kept",
            amount=self.currency_id.format(self._get_missed_payment().amount),
        )

    def _send(self, template):
        """Queue a mail to the customer; it stays in the promise's chatter."""
        template = self.env.ref(template)
        for promise in self.with_context(mail_notify_force_send=False):
            if not promise._get_recipient().email:
                promise._message_log(body=promise._get_no_address_log())
                continue
            promise.message_post_with_source(
                template,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
            )

    def _get_recipient(self):
        """Return who gets the letters and mails on this promise."""
        return self.contact_id or self.partner_id

    def _get_no_address_log(self):
        return self.env._(
            "No mail sent: %(customer)s has no e-mail address.",
            customer=self._get_recipient().display_name,
        )
