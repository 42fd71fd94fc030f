from odoo import api, fields, models


class SaleCollectionPromise(models.Model):
    """Orders released on the strength of a promise to pay."""

    _inherit = "sale.collection.promise"

    hold_ids = fields.One2many(
        "sale.collection.hold", "promise_id", string="Orders released on it"
    )
    hold_count = fields.Integer(string="Released orders", compute="_compute_hold_count")

    @api.depends("hold_ids")
    def _compute_hold_count(self):
        groups = self.env["sale.collection.hold"]._read_group(
            [("promise_id", "in", self.ids)], ["promise_id"], ["__count"]
        )
        counts = {promise.id: count for promise, count in groups}
        for promise in self:
            promise.hold_count = counts.get(promise._origin.id, 0)

    def _on_state_changed(self):
        # EXTENDS: have the orders that rest on them judged again
        result = super()._on_state_changed()
        released = self.env["sale.collection.hold"].sudo()
        released = released.search(
            [("promise_id", "in", self.ids), ("state", "=", "released")]
        )
        released.promise_id.profile_id._queue_refresh()
        return result

    def action_open_released(self):
        """Open the orders released on this promise."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("promise_id", "=", self.id)], "context": {}}
