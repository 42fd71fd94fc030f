from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fields import OptionalFloat
from ...tools.period import PaymentDays, parse_month_days

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class SaleCollectionHabit(models.AbstractModel):
    """When a customer pays: as noted by people, and as learnt from its payments.

    What is learnt is written once a month by the nightly run; payment days that people
    noted go before it.
    """

    _name = "sale.collection.habit"
    _description = "Payment habits of a customer"

    payment_month_days = fields.Char(
        string="Payment days of the month",
        tracking=True,
        help="Days on which the customer runs its payments, such as 10, 25. 31 is the "
        "last day. Predicted payment dates move to the next of them. Empty: as learnt "
        "from its payments.",
    )
    payment_weekday = fields.Selection(
        WEEKDAYS,
        string="Payment weekday",
        tracking=True,
        help="Day of the week on which the customer runs its payments. Predicted "
        "payment dates move to the next one. Empty: as learnt from its payments.",
    )
    habit_count = fields.Integer(readonly=True, export_string_translation=False)
    first_third_days_late = OptionalFloat(
        digits=(16, 1), readonly=True, export_string_translation=False
    )
    second_third_days_late = OptionalFloat(
        digits=(16, 1), readonly=True, export_string_translation=False
    )
    last_third_days_late = OptionalFloat(
        digits=(16, 1), readonly=True, export_string_translation=False
    )
    learnt_month_days = fields.Char(readonly=True, export_string_translation=False)
    learnt_weekday = fields.Selection(
        WEEKDAYS, readonly=True, export_string_translation=False
    )
    habit_text = fields.Char(
        string="Habits",
        compute="_compute_habit_text",
        help="What is learnt from the customer's payments, from 15 on, once a month. "
        "Predicted payment dates follow it.",
    )

    @api.depends(
        "habit_count",
        "first_third_days_late",
        "second_third_days_late",
        "last_third_days_late",
        "learnt_month_days",
        "learnt_weekday",
    )
    @api.depends_context("lang")
    def _compute_habit_text(self):
        for profile in self:
            words = [*profile._describe_thirds(), *profile._describe_learnt_days()]
            if words:
                count = profile.habit_count
                words.append(self.env._("learnt from %(count)s payments", count=count))
            profile.habit_text = " · ".join(words)

    def _describe_thirds(self):
        """Return in words how late the customer pays by third of the month."""
        if self.first_third_days_late is self.last_third_days_late is False:
            return []
        thirds = (
            (self.env._("due up to the 10th"), self.first_third_days_late),
            (self.env._("due from the 11th to the 20th"), self.second_third_days_late),
            (self.env._("due from the 21st on"), self.last_third_days_late),
        )
        return [
            self.env._("%(third)s: %(days)s days late", third=third, days=f"{days:g}")
            for third, days in thirds
            if days is not False
        ]

    def _describe_learnt_days(self):
        """Return in words on which days the customer pays."""
        if self.learnt_weekday:
            names = dict(
                self._fields["learnt_weekday"]._description_selection(self.env)
            )
            return [self.env._("pays on a %(day)s", day=names[self.learnt_weekday])]
        if self.learnt_month_days:
            days = self.learnt_month_days.replace(",", ", ")
            return [self.env._("pays on these days of the month: %(days)s", days=days)]
        return []

    # === PAYMENT DAYS ===#

    def _get_payment_days(self):
        """Return when the customer runs its payments, as `tools.period` takes it.

        As people noted it, else as learnt.

        :raise ValidationError: the days are no days of a month
        """
        self.ensure_one()
        noted = self.payment_month_days or self.payment_weekday
        text = self.payment_month_days if noted else self.learnt_month_days
        weekday = self.payment_weekday if noted else self.learnt_weekday
        weekdays = (int(weekday),) if weekday else ()
        return PaymentDays(self._parse_month_days(text or ""), weekdays)

    @api.model
    def _parse_month_days(self, text):
        try:
            return parse_month_days(text)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "Payment days of the month: “%(days)s” is not a list of days from "
                    "1 to 31. Write them like 10, 25.",
                    days=text,
                )
            ) from error
