from odoo import models


class SaleCollectionAging(models.Model):
    """What notices and bills cover is read with the lines."""

    _inherit = "sale.collection.aging"
    _depends = {
        "sale.collection.bill": ["company_id", "maturity_date", "payment_id", "state"],
        "sale.collection.bill.line": ["amount", "bill_id", "line_id"],
        "sale.collection.notice": ["company_id", "received", "state", "until_date"],
        "sale.collection.notice.line": ["amount", "date_due", "line_id", "notice_id"],
    }
