from odoo import api, fields, models


class SaleCollectionHoldRule(models.Model):
    """Putting rules in use, and changing those that are.

    A rule in use is not edited: a copy is, and switching it on replaces the rule. So
    every change shows beforehand which orders it stops, and can be undone.
    """

    _inherit = "sale.collection.hold.rule"

    replaces_id = fields.Many2one(
        "sale.collection.hold.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    hold_count = fields.Integer(string="Held orders", compute="_compute_hold_count")

    def _compute_hold_count(self):
        groups = self.env["sale.collection.hold"]._read_group(
            [("rule_ids", "in", self.ids), ("state", "=", "active")],
            ["rule_ids"],
            ["__count"],
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.hold_count = counts.get(rule.id, 0)

    # === ACTIONS ===#

    def action_open_switch(self):
        """Open the dialog that lists the orders the rule will stop."""
        self.ensure_one()
        switch = self.env["sale.collection.hold.switch"].create({"rule_id": self.id})
        return switch._open()

    def action_change(self):
        """Open a copy to work on; it replaces this rule when it is switched on."""
        self.ensure_one()
        draft = self.with_context(active_test=False).search(
            [("replaces_id", "=", self.id), ("active", "=", False)], limit=1
        )
        draft = draft or self.copy(
            {"name": self.name, "active": False, "replaces_id": self.id}
        )
        return self._open_rule(draft)

    def action_switch_off(self):
        """Take rules out of use; orders they alone have stopped go on."""
        self.check_access("write")
        held = self.env["sale.collection.hold"].search(
            [("rule_ids", "in", self.ids), ("state", "in", ("active", "rejected"))]
        )
        self.action_archive()
        held.sudo().order_id._collection_recheck()
        return True

    def action_simulate(self):
        """Try the rules in use, and this one, on orders of the past."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulation"),
            "res_model": "sale.collection.hold.simulation",
            "view_mode": "form",
            "context": {"default_rule_ids": self.ids},
        }

    def action_open_holds(self):
        """Open the orders this rule has stopped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        domain = [("rule_ids", "in", self.ids)]
        return {**action, "domain": domain, "context": {"search_default_active": 1}}

    @api.model
    def _open_rule(self, rule):
        return {
            "type": "ir.actions.act_window",
            "name": rule.display_name,
            "res_model": self._name,
            "res_id": rule.id,
            "view_mode": "form",
        }
