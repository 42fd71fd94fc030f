from odoo import api, fields, models


class SaleCollectionCommissionEntry(models.Model):
    """Settled entries are locked: nothing changes them but a further entry."""

    _inherit = "sale.collection.commission.entry"

    settlement_id = fields.Many2one(
        "sale.collection.settlement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: not settled yet.",
    )

    # What is still to be settled, by earner.
    _unsettled_index = models.Index(
        "(company_id, currency_id, COALESCE(user_id, 0), COALESCE(agent_id, 0), date) "
        "WHERE settlement_id IS NULL"
    )

    @api.depends("move_id", "amount", "currency_id")
    @api.depends_context("uid", "collection_with_amount")
    def _compute_display_name(self):
        """EXTENDS: where entries are chosen from, say how much each is."""
        res = super()._compute_display_name()
        if self.env.context.get("collection_with_amount"):
            # Names of what a record points to are read with the rights of the system.
            for entry in self & self.sudo(False)._filtered_access("read"):
                amount = entry.currency_id.format(entry.amount)
                entry.display_name = f"{entry.display_name or ''} {amount}".strip()
        return res
