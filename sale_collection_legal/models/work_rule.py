from odoo import fields, models


class SaleCollectionWorkRule(models.Model):
    _inherit = "sale.collection.work.rule"

    code = fields.Selection(
        selection_add=[
            ("limitation", "Lost in court within 90 days"),
            ("handed_over", "With an agency or a court"),
        ],
        ondelete={"limitation": "cascade", "handed_over": "cascade"},
    )
