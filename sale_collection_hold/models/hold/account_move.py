from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # What a salesperson has sold on credit, found without reading what is paid.
    _collection_sold_idx = models.Index(
        "(invoice_user_id) WHERE state = 'posted' AND payment_state IN "
        "('not_paid', 'partial', 'in_payment')"
    )
