from odoo import fields, models


class SaleCollectionHoldSetupLine(models.TransientModel):
    """What one supply rule hits today."""

    _name = "sale.collection.hold.setup.line"
    _description = "Supply rule today"

    setup_id = fields.Many2one(
        "sale.collection.hold.setup", required=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one(
        "sale.collection.hold.rule", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="setup_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    summary = fields.Text(related="rule_id.summary")
    strength = fields.Selection(related="rule_id.strength")
    kind = fields.Selection(related="rule_id.kind")
    in_use = fields.Boolean(related="rule_id.active")
    partner_refs = fields.Json(readonly=True, export_string_translation=False)
    partner_count = fields.Integer(string="Customers", readonly=True)
    order_refs = fields.Json(readonly=True, export_string_translation=False)
    order_count = fields.Integer(string="Open orders", readonly=True)
    order_amount = fields.Monetary(string="Amount", readonly=True)

    def action_open_customers(self):
        """Open the customers this rule hits today."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hit by %(rule)s", rule=self.rule_id.name),
            "res_model": "sale.collection.profile",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", self.partner_refs or []),
            ],
        }

    def action_open_orders(self):
        """Open the open orders this rule hits today."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hit by %(rule)s", rule=self.rule_id.name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", self.order_refs or [])],
        }

    def action_open_rule(self):
        """Open the rule."""
        self.ensure_one()
        return self.rule_id._open_rule(self.rule_id)

    def action_switch(self):
        """Open the dialog that puts the rule in use."""
        self.ensure_one()
        return self.rule_id.action_open_switch()
