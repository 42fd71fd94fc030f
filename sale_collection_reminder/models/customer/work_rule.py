from odoo import api, fields, models


class SaleCollectionWorkRule(models.Model):
    _inherit = "sale.collection.work.rule"

    code = fields.Selection(
        selection_add=[
            ("step_waits", "Reminder step waits for a call or visit"),
            ("reply_unread", "Reply nobody has read"),
        ],
        ondelete={"step_waits": "cascade", "reply_unread": "cascade"},
    )

    @api.model
    def _get_units(self):
        # EXTENDS: a reply is there or not
        return super()._get_units() | {"reply_unread": False}
