from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    def _has_commission(self):
        """Return whether the user manages commission, earns it, or could.

        Who has earned once keeps seeing it, whatever became of the plan.
        """
        self.ensure_one()
        if self.has_group("sale_collection.group_manager"):
            return True
        own = Domain("user_id", "=", self.id)
        return any(
            self.env[model].sudo().search_count(domain, limit=1)
            for model, domain in (
                ("sale.collection.commission.plan", self._get_plan_domain()),
                ("sale.collection.commission.entry", own),
                ("sale.collection.settlement", own),
            )
        )

    def _get_plan_domain(self):
        """Return the domain of the plans that name the user, or everyone who sells."""
        named = (
            Domain("user_ids", "in", self.ids)
            | Domain("override_ids.user_id", "in", self.ids)
            | Domain("team_ids.crm_team_member_ids.user_id", "in", self.ids)
        )
        if self._is_selling():
            named |= Domain("level", "=", "company")
        return Domain("company_id", "in", self.sudo().company_ids.ids) & named

    def _is_selling(self):
        """Return whether the user is a salesperson, of a team or of a customer."""
        return bool(
            self.has_group("sales_team.group_sale_salesman")
            or self.sudo().crm_team_ids
            or self.env["res.partner"]
            .sudo()
            .search_count([("user_id", "=", self.id)], limit=1)
        )
