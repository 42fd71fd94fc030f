from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """What a text message costs."""

    _inherit = "res.company"

    collection_sms_price = fields.Float(
        string="Price of a text message",
        digits=(16, 4),
        help="Of each part a text is sent in, in company currency. The dry run of "
        "reminders counts with it.",
        groups="base.group_user",
    )

    @api.constrains("collection_sms_price")
    def _check_collection_sms_price(self):
        for company in self:
            if not 0 <= company.collection_sms_price < 1000:
                raise ValidationError(
                    self.env._("Price of a text message: enter 0 or more, below 1,000.")
                )
