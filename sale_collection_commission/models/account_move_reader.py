from odoo import fields, models


class AccountMove(models.Model):
    """Salespeople without rights in accounting can open their invoices.

    The form counts payments and transactions, which they may not read; how many there
    are is no secret to who sees the invoice.
    """

    _inherit = "account.move"

    payment_count = fields.Integer(compute_sudo=True)
    transaction_count = fields.Integer(compute_sudo=True)
