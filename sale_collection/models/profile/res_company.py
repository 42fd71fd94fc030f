from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_aging_scheme_id = fields.Many2one(
        "sale.collection.aging.scheme",
        string="Aging bands",
        ondelete="set null",
        help="How the aging report counts and cuts age unless asked otherwise. Empty: "
        "the first scheme.",
        groups="base.group_user",
    )
