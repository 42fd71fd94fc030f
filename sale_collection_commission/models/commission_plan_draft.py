from odoo import fields, models
from odoo.exceptions import UserError


class SaleCollectionCommissionPlan(models.Model):
    """A changed copy of a plan to try on money of the past before it pays anybody."""

    _inherit = "sale.collection.commission.plan"

    draft_of_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The plan this copy is to be compared with. A draft pays nobody.",
    )

    def action_try_change(self):
        """Copy the plan to a draft, to be changed and compared."""
        self.ensure_one()
        draft = self.copy(
            {
                "name": self.env._("%(plan)s (draft)", plan=self.name),
                "active": False,
                "draft_of_id": self.id,
            }
        )
        return draft._get_records_action(name=self.env._("Try a change"))

    def action_simulate(self):
        """Ask for the period this draft and its plan are compared on."""
        self.ensure_one()
        if not self.draft_of_id:
            raise UserError(
                self.env._(
                    "Draft of: %(plan)s is no draft. Press “Try a change” on the plan "
                    "to compare with.",
                    plan=self.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare plans"),
            "res_model": "sale.collection.commission.simulation",
            "view_mode": "form",
            "context": {"default_candidate_id": self.id},
        }

    def action_put_in_force(self):
        """Ask from which date this draft takes over from its plan."""
        self.ensure_one()
        action = self.draft_of_id.action_new_version()
        context = {**action["context"], "default_source_id": self.id}
        return {**action, "name": self.env._("Put in force"), "context": context}
