from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.period import PaymentDays
from .profile import CHANNELS, PAYMENT_FORMS, WEEKDAYS



class SaleCollectionProfile(models.Model):
    """How and when the customer pays: what one must know before asking for money."""

    _inherit = "sale.collection.profile"

    payment_month_days = fields.Char(
        string="Payment days of the month",
        tracking=True,
        help="Days on which the customer runs its payments, such as 10, 25. 31 is the "
        "last day. Predicted payment dates move to the next of them.",
    )
    payment_weekday = fields.Selection(
        WEEKDAYS,
        string="Payment weekday",
        tracking=True,
        help="Day of the week on which the customer runs its payments. Predicted "
        "payment dates move to the next one.",
    )
    statement_cutoff_day = fields.Integer(
        string="Statement cut-off",
        help="Day of the month after which an invoice waits for the customer's next "
        "statement. 0: none.",
    )
    payment_documents = fields.Text(
        string="Documents needed",
        help="What the customer must have before it pays: delivery slip, acceptance "
        "report, statement.",
    )
    payment_form = fields.Selection(PAYMENT_FORMS, string="Usual payment form")
    visiting_hours = fields.Char(
        string="Visiting hours", help="When somebody is there to receive a visit."
    )
    preferred_channel = fields.Selection(CHANNELS, string="Preferred channel")

    _statement_cutoff_day_in_month = models.Constraint(
        "CHECK (statement_cutoff_day BETWEEN 0 AND 31)",
        "The statement cut-off is a day of the month, 1 to 31, or 0 for none.",
    )

    @api.constrains("payment_month_days")
    def _check_payment_month_days(self):
        for profile in self:
            profile._get_payment_days()

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_values(vals) for vals in vals_list])

    @api.model
    def _normalize_values(self, vals):
        """Return values with the days as `10,25`, the way the forecast reads them."""
        if not vals.get("payment_month_days"):
            return vals
        days = vals["payment_month_days"].replace(";", ",").split(",")
        found = ",".join(day.strip().rstrip(".") for day in days if day.strip())
        return {**vals, "payment_month_days": found}

    # === BUSINESS ===#

    def _get_payment_days(self):
        """Return when the customer runs its payments, as the forecast takes it."""
        self.ensure_one()
        days = (self.payment_month_days or "").split(",")
        try:
            month_days = tuple(int(day) for day in days if day)
        except ValueError:
            month_days = (0,)
        if any(not 1 <= day <= 31 for day in month_days):
            raise ValidationError(
                self.env._(
                    "Payment days of the month: “%(days)s” is not a list of days from "
                    "1 to 31. Write them like 10, 25.",
                    days=self.payment_month_days,
                )
            )
        weekdays = (int(self.payment_weekday),) if self.payment_weekday else ()
        return PaymentDays(month_days, weekdays)
