from odoo import api, fields, models


class SaleCollectionProfile(models.Model):
    """The customer's held orders."""

    _inherit = "sale.collection.profile"

    held_count = fields.Integer(string="Held orders", compute="_compute_held")
    held_amount = fields.Monetary(string="Held", compute="_compute_held")

    @api.depends("hold_ids.state", "hold_ids.amount")
    def _compute_held(self):
        groups = self.env["sale.collection.hold"]._read_group(
            [("profile_id", "in", self.ids), ("state", "=", "active")],
            ["profile_id"],
            ["__count", "amount:sum"],
        )
        held = {profile.id: figures for profile, *figures in groups}
        for profile in self:
            count, amount = held.get(profile._origin.id, (0, 0.0))
            profile.held_count, profile.held_amount = count, amount

    def action_open_holds(self):
        """Open the customer's orders that were stopped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("profile_id", "=", self.id)], "context": {}}

    def action_new_hold_rule(self):
        """Write a supply rule for this customer; it is switched on afterwards."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supply rule"),
            "res_model": "sale.collection.hold.rule",
            "view_mode": "form",
            "context": {
                "default_active": False,
                "default_name": self.partner_id.display_name,
                "default_company_id": self.company_id.id,
                "default_partner_ids": self.partner_id.ids,
            },
        }
