from odoo import api, fields, models


class SaleCollectionContact(models.Model):
    """The promise a talk ended with."""

    _inherit = "sale.collection.contact"

    promise_id = fields.Many2one(
        "sale.collection.promise",
        domain="[('profile_id', '=', profile_id)]",
        ondelete="set null",
        index="btree_not_null",
    )

    @api.model
    def _get_own_fields(self):
        return {**super()._get_own_fields(), "promise_id": "partner_id"}

    @api.model
    def _get_outcome_fields(self):
        return [*super()._get_outcome_fields(), "promise_id"]

    @api.model
    def _get_told_fields(self):
        return {*super()._get_told_fields(), "promise_id"}
