from odoo import api, models

from odoo.addons.sale_collection.tools.first_day import Step


class SaleCollectionFirstDay(models.AbstractModel):
    """Orders are held once rules say when."""

    _inherit = "sale.collection.first.day"

    @api.model
    def _get_steps(self, company):
        # EXTENDS
        rules = self.env["sale.collection.hold.rule"].sudo()
        count = rules.search_count(
            [("company_id", "in", (False, company.id)), ("kind", "=", "block")]
        )
        text = self.env._("Every order is supplied, whatever is overdue.")
        if count:
            text = self.env._("Rules in use: %(count)s.", count=count)
        step = Step(
            50,
            "supply",
            self.env._("Supply rules"),
            text,
            bool(count),
            self.env._("See what they do") if count else self.env._("Choose rules"),
            "sale_collection_hold.hold_preview_action",
        )
        return [*super()._get_steps(company), step]
