from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleCollectionStatement(models.TransientModel):
    """Statements that ask their customers whether the balance is right."""

    _inherit = "sale.collection.statement"

    asks_confirmation = fields.Boolean(
        string="Ask to confirm the balance",
        help="The mail has two buttons more: the customer agrees, or says what "
        "differs. “Balance confirmations” shows who has answered.",
    )
    confirm_date = fields.Date(
        string="Balance as of",
        default=lambda self: self._get_last_month_end(),
    )

    @api.model
    def _get_last_month_end(self):
        today = self.env.company._collection_today()
        return today.replace(day=1) - relativedelta(days=1)

    def action_send(self):
        # EXTENDS: the questions are asked before the mails are written
        if not self.asks_confirmation:
            return super().action_send()
        self._check_confirm_date()
        given = self._collection_get_given("profile_ids")
        asked = self.env["sale.collection.confirmation"]._ask(given, self.confirm_date)
        if not asked:
            raise UserError(
                self.env._(
                    "None of these customers had a balance on that day, or all have "
                    "answered."
                )
            )
        asked.with_env(self.env)._note_asked()
        self.profile_ids = asked.profile_id.with_env(self.env)
        return super().action_send()

    def _check_confirm_date(self):
        """Refuse a balance of a day that is not over.

        :raise UserError: the day is empty or lies ahead
        """
        today = self.env.company._collection_today()
        if not self.confirm_date or self.confirm_date > today:
            raise UserError(
                self.env._("Balance as of: choose today or a day in the past.")
            )
