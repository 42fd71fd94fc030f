from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .ladder_step import STAGES


class SaleCollectionProfile(models.Model):
    """Where a customer stands on the reminder ladder."""

    _inherit = "sale.collection.profile"

    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        check_company=True,
        tracking=True,
        copy=False,
        ondelete="set null",
        domain="[('company_id', '=', company_id)]",
        help="Empty: the plan of the customer's grade, else that of the company.",
    )
    stage = fields.Selection(
        STAGES,
        readonly=True,
        copy=False,
        help="The furthest any open debt has come. Gone when it is paid.",
    )
    next_action_date = fields.Date(
        string="Next reminder",
        readonly=True,
        copy=False,
        help="When the next step of the reminder plan is due.",
    )
    snooze_until = fields.Date(
        string="Snoozed until",
        tracking=True,
        copy=False,
        help="Last day without reminders for this customer.",
    )
    snooze_reason = fields.Char(tracking=True, copy=False)
    reminder_ids = fields.One2many("sale.collection.reminder", "profile_id")
    snooze_ids = fields.One2many("sale.collection.snooze", "profile_id")

    @api.constrains("snooze_until", "snooze_reason")
    def _check_snooze_reason(self):
        for profile in self:
            if profile.snooze_until and not (profile.snooze_reason or "").strip():
                raise ValidationError(
                    self.env._("Snooze reason: say why nobody is to be reminded.")
                )

    # === BY HAND ===#

    def _enter_ladder(self, lines, today=None):
        """Put old debts on the ladder, at its first step: each is a record.

        :param lines: receivable lines of these customers
        :return: the records made
        """
        entries = self.env["sale.collection.ladder.entry"]
        entries.check_access("create")
        self.check_access("read")
        known = entries.sudo().search([("line_id", "in", lines.ids)]).line_id
        owners = {profile.partner_id: profile for profile in self}
        return entries.create(
            [
                {
                    "profile_id": owners[line.partner_id.commercial_partner_id].id,
                    "line_id": line.id,
                    "date": today or line.company_id.root_id._collection_today(),
                }
                for line in lines - known
            ]
        )
