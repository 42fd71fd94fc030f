from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_bad_debt_account_id = fields.Many2one(
        "account.account",
        string="Account of bad debts",
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost', "
        "'expense_other'))]",
        help="Empty: the write-off account.",
        groups="base.group_user",
    )
