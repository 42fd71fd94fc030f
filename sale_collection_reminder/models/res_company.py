from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """When a company may remind its customers, and when it thanks them."""

    _inherit = "res.company"

    collection_reminder_from_hour = fields.Float(
        string="Send reminders from",
        default=8.0,
        help="Hour of the day, in the customer's time zone, from which reminders "
        "are sent.",
    )
    collection_reminder_to_hour = fields.Float(
        string="Send reminders until",
        default=18.0,
        help="Hour of the day, in the customer's time zone, after which reminders "
        "wait for the next day.",
    )
    collection_quiet_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Reminder calendar",
        ondelete="set null",
        help="On days off and public holidays of this calendar nobody is reminded: "
        "what was due then follows on the next working day. Empty: the working hours "
        "of the company.",
    )
    collection_stale_bank_days = fields.Integer(
        string="Bank statements at most",
        default=7,
        help="Days since the last bank transaction after which no automatic reminder "
        "goes out: somebody may have paid without our knowing. 0: not checked, as for "
        "companies that have never recorded a bank transaction.",
    )
    collection_thank_you = fields.Boolean(
        string="Thank customers who pay after a reminder",
        help="One mail for a customer who has paid all that the last reminder asked "
        "for.",
    )

    _collection_stale_bank_days_positive = models.Constraint(
        "CHECK(collection_stale_bank_days >= 0)",
        "The age of bank statements, in days, cannot be negative. 0 switches the "
        "check off.",
    )

    def _collection_tells_of_money(self):
        # EXTENDS: customers are thanked for it
        return super()._collection_tells_of_money() or self.collection_thank_you

    @api.constrains("collection_reminder_from_hour", "collection_reminder_to_hour")
    def _check_collection_reminder_hours(self):
        for company in self:
            first = company.collection_reminder_from_hour
            last = company.collection_reminder_to_hour
            if not 0 <= first < last <= 24:
                raise ValidationError(
                    self.env._(
                        "Sending hours of reminders: from %(first)g to %(last)g is no "
                        "part of a day. Choose two hours between 0 and 24, the first "
                        "before the second.",
                        first=first,
                        last=last,
                    )
                )
