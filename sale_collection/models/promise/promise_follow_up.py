from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

# A broken promise older than this many days is no news any more.
FRESH_DAYS = 30


class Pace(NamedTuple):
    """How closely promises of a grade are followed up.

    ``confirm`` and ``follow_up`` are one of FOLLOW_UPS; ``wait`` is the days from the
    end of grace to the follow-up.
    """

    confirm: str = "activity"
    follow_up: str = "activity"
    wait: int = 0


class SaleCollectionPromiseFollowUp(models.AbstractModel):
    """Asks before the day of a promise and after it was broken, at the grade's pace."""

    _name = "sale.collection.promise.follow.up"
    _description = "Follow-up of promises"

    # === COLLECT ===#

    @api.model
    def _get_due_soon(self, company, today):
        """Return open promises due up to the next working day, not confirmed yet.

        What is due on Monday, or on the weekend, is confirmed on Friday.
        """
        last_day = company._get_next_working_day(today + timedelta(1))
        due = self.env["sale.collection.promise"].search(
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
                and self._get_pace(promise).confirm != "none"
            )
        )

    @api.model
    def _get_newly_broken(self, company, today):
        """Return promises missed whose time to be followed up has come."""
        missed = Domain("state", "in", ("partial", "broken"))
        missed &= Domain("followed_up", "=", False)
        missed &= Domain("date", ">=", today - timedelta(FRESH_DAYS))
        mine = Domain("company_id", "=", company.id)
        # Promises that go on after a missed payment: each payment is followed up.
        steady = Domain("kind", "=", "plan") & Domain("breach_action", "=", "continue")
        steady |= Domain("kind", "=", "standing")
        given = Domain("state", "in", ("open", "partial", "broken"))
        broken = self.env["sale.collection.promise"].search(
            mine & ~steady & missed & Domain("superseded_by_id", "=", False)
        )
        lines = self.env["sale.collection.promise.line"].search(
            missed & Domain("promise_id", "any", mine & steady & given)
        )
        return (broken | lines.promise_id).filtered(
            lambda promise: self._get_chase_date(promise) <= today
        )

    @api.model
    def _get_pace(self, promise):
        grade = promise.profile_id.grade_id
        if not grade:
            return Pace()
        return Pace(
            grade.promise_confirm,
            grade.promise_follow_up,
            grade.promise_follow_up_days,
        )

    @api.model
    def _get_chase_date(self, promise):
        """Return the day a broken promise is followed up on."""
        missed = promise._get_missed_lines()
        news = missed.filtered(lambda line: not line.followed_up)
        day = min((news or missed).mapped("date"), default=promise.date)
        return day + timedelta(promise.grace_days + 1 + self._get_pace(promise).wait)

    # === APPLY ===#

    @api.model
    def _confirm(self, promises, today):
        """Have the payments due soon confirmed by the customers."""
        for day, same in promises.grouped("next_date").items():
            same.sudo().confirmed_date = day
        mailed = promises.filtered(
            lambda promise: self._get_pace(promise).confirm == "mail"
        )
        self._mail(mailed, "sale_collection.mail_template_promise_due")
        self._schedule(
            promises - mailed,
            "sale_collection.mail_activity_promise_due",
            self._get_due_summary,
            today,
        )

    @api.model
    def _chase(self, promises, today):
        """Follow up broken promises."""
        promises.sudo().followed_up = True
        promises._get_missed_lines().sudo().followed_up = True
        by_way = promises.grouped(lambda promise: self._get_pace(promise).follow_up)
        mailed = by_way.get("mail", promises.browse())
        self._mail(mailed, "sale_collection.mail_template_promise_broken")
        self._schedule(
            by_way.get("activity", promises.browse()),
            "sale_collection.mail_activity_promise_broken",
            self._get_broken_summary,
            today,
        )

    @api.model
    def _schedule(self, promises, activity_type, get_summary, today):
        """Give each promise's collector an activity, all in one create."""
        kind = self.env.ref(activity_type)
        model_id = self.env["ir.model"]._get_id(promises._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": promise.id,
                    "summary": get_summary(
                        promise.with_context(lang=promise.user_id.lang)
                    ),
                    "date_deadline": today,
                    "user_id": promise.user_id.id,
                    "automated": True,
                }
                for promise in promises
            ]
        )

    @api.model
    def _get_due_summary(self, promise):
        return promise.env._(
            "Confirm %(amount)s on %(date)s",
            amount=promise.currency_id._collection_format(promise.next_amount),
            date=format_date(promise.env, promise.next_date),
        )

    @api.model
    def _get_broken_summary(self, promise):
        return promise.env._(
            "Promise of %(amount)s not kept",
            amount=promise.currency_id._collection_format(
                promise._get_missed_payment().amount
            ),
        )

    @api.model
    def _mail(self, promises, template):
        """Queue a mail to each customer; it stays in the promise's chatter."""
        template = self.env.ref(template)
        for promise in promises.with_context(mail_notify_force_send=False):
            customer = promise.contact_id or promise.partner_id
            if not customer.email:
                promise._message_log(body=self._get_no_address_log(customer))
                continue
            template._collection_draw(promise)  # fails where nothing would be said
            promise.message_post_with_source(
                template,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="sale_collection.mail_layout",
            )

    @api.model
    def _get_no_address_log(self, customer):
        return self.env._(
            "No mail sent: %(customer)s has no e-mail address.",
            customer=customer.display_name,
        )
