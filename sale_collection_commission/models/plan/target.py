from odoo import api, models

from odoo.addons.sale_collection.tools import period


class SaleCollectionTarget(models.Model):
    """Targets as the tiers of commission plans go by them."""

    _inherit = "sale.collection.target"

    @api.model
    def _collect_goals(self, plans, rows):
        """Return (target, collected) for each row of a plan, earner and period.

        The rep's own targets inside the period, else the team's, else zeros.
        """
        by_target = plans.filtered(lambda plan: plan.tier_basis == "attainment")
        targets = self.search([("company_id", "in", by_target.company_id.ids)])
        by_rep = targets.filtered("user_id").grouped("user_id")
        by_team = targets.filtered("team_id").grouped("team_id")
        users = self.env["res.users"]
        goals = []
        for row in rows:
            plan, user = plans.browse(row["plan_id"]), users.browse(row["user_id"])
            first, last = period.bounds(plan.period, row["date_from"])
            candidates = (by_rep.get(user), by_team.get(user.sudo().sale_team_id))
            inside = [
                (found or self).filtered(
                    lambda goal, bounds=(first, last), plan=plan: (
                        bounds[0] <= goal.date_from
                        and goal.date_to <= bounds[1]
                        and goal.company_id == plan.company_id
                    )
                )
                for found in candidates
            ]
            goal = inside[0] or inside[1]
            goals.append((sum(goal.mapped("amount")), sum(goal.mapped("collected"))))
        return goals
