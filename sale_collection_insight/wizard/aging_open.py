from odoo import models


class SaleCollectionAgingOpen(models.TransientModel):
    """The dialog of the aging report also asks for the day of a provision."""

    _inherit = "sale.collection.aging.open"

    def action_open(self):
        # EXTENDS sale_collection
        action = super().action_open()
        if not self.env.context.get("sale_collection_provision"):
            return action
        pivot = self.env.ref("sale_collection_insight.aging_view_pivot_provision")
        title = self.env._("Provision preview: %(aging)s", aging=action["name"])
        return action | {
            "name": title,
            "display_name": title,
            "views": [(pivot.id, "pivot"), (False, "list"), (False, "graph")],
        }
