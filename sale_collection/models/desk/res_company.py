from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_first_day = fields.Boolean(
        string="First steps on Today",
        default=True,
        help="Managers see above Today what is still to be settled.",
        groups="base.group_user",
    )
