from odoo import models


class SaleCollectionContactLog(models.TransientModel):
    _inherit = "sale.collection.contact.log"

    def action_save_next(self):
        """Write the log, then show the next customer of the list of the day.

        Where saving leads to another dialog, as that of a statement, it comes first.
        """
        action = self.action_save()
        if action["type"] != "ir.actions.act_window_close":
            return action
        return {"type": "ir.actions.client", "tag": "sale_collection_next"}
