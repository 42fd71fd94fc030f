from odoo import api, fields, models


class ResCompany(models.Model):
    """Who hears of the nightly run, of money that came in, and thanks for it."""

    _inherit = "res.company"

    collection_night_user_id = fields.Many2one(
        "res.users",
        string="Alerts of the nightly run go to",
        domain=lambda self: self._get_collection_night_domain(),
        help="Manager who is told when a nightly run failed or did not happen. Empty: "
        "the first one of this company.",
    )
    collection_money_notice = fields.Boolean(
        string="Tell salespeople of money received",
        default=True,
        help="One message for each customer and hour to its collector and salesperson, "
        "and to the salespeople of the paid invoices.",
    )

    def _collection_tells_of_money(self):
        """Return whether anybody is told of money that came in."""
        return self.collection_money_notice

    @api.model
    def _get_collection_night_domain(self):
        group = self.env.ref("sale_collection.group_manager")
        return [("share", "=", False), ("all_group_ids", "in", group.id)]

    def _collection_get_night_manager(self):
        """Return the manager who hears of nights that failed, if there is one."""
        self.ensure_one()
        company = self.sudo().root_id
        chosen = company.collection_night_user_id
        if chosen.active:
            return chosen
        domain = self._get_collection_night_domain()
        found = chosen.search([*domain, ("company_ids", "in", company.id)], order="id")
        return found.filtered(
            lambda user: user.id != self.env.ref("base.user_root").id
        )[:1]
