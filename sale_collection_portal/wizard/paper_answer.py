from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..models.confirmation import STATES


class SaleCollectionPaperAnswer(models.TransientModel):
    """Takes down what a customer answered on paper: who, on which day, with the scan.

    An agreed balance restarts limitation from the day on the paper.
    """

    _name = "sale.collection.paper.answer"
    _description = "Answer on paper"

    confirmation_ids = fields.Many2many(
        "sale.collection.confirmation", string="Balances", required=True, readonly=True
    )
    answer = fields.Selection(
        [state for state in STATES if state[0] != "sent"],
        required=True,
        default="agreed",
    )
    person = fields.Char(
        string="Answered by", required=True, help="Whoever signed the paper."
    )
    date = fields.Date(
        string="Answered on",
        required=True,
        default=lambda self: self._get_default_date(),
        help="The day on the paper.",
    )
    words = fields.Text(string="The customer's words")
    scan = fields.Binary(required=True, attachment=False)
    scan_name = fields.Char(export_string_translation=False)

    @api.model
    def _get_default_date(self):
        return self.env.company._collection_today()

    def action_note(self):
        """Note the answer, with the scan on each balance."""
        self.ensure_one()
        asked = self._collection_get_given("confirmation_ids")
        # Whoever only reads, an auditor, answers for nobody.
        asked.profile_id.check_access("write")
        self._check_paper(asked)
        answered = asked._answer(
            self.answer,
            self.person,
            words=self.words,
            registered_by_id=self.env.uid,
            answered_on=self._get_moment(asked.company_id),
        )
        self.env["ir.attachment"].sudo().create(
            [
                {
                    "name": self.scan_name or self.env._("Scan"),
                    "datas": self.scan,
                    "res_model": one._name,
                    "res_id": one.id,
                }
                for one in answered
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_paper(self, asked):
        """Refuse a paper of several customers, of a day it cannot be of, or no paper.

        :raise UserError: naming the field
        """
        if len(asked.profile_id) != 1 or len(set(asked.mapped("date"))) != 1:
            raise UserError(
                self.env._("Balances: choose those of one customer and day.")
            )
        first, last = asked[:1].date, asked.company_id._collection_today()
        if not first <= self.date <= last:
            raise UserError(
                self.env._(
                    "Answered on: choose a day from %(first)s to %(last)s.",
                    first=format_date(self.env, first),
                    last=format_date(self.env, last),
                )
            )
        if not self.scan:
            raise UserError(self.env._("Scan: attach the paper."))

    def _get_moment(self, company):
        """Return noon of the day on the paper for a company; now if it is today."""
        if self.date == company._collection_today():
            return fields.Datetime.now()
        zone = ZoneInfo(company._collection_get_zone() or self.env.user.tz or "UTC")
        noon = datetime.combine(self.date, time(12), zone)
        return noon.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
