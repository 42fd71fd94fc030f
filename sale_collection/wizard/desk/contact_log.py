from odoo import models


class SaleCollectionContactLog(models.TransientModel):
    _inherit = "sale.collection.contact.log"

    def action_save_next(self):
        """Write the log, then show the next customer of the list of the day."""
        self.action_save()
        return {"type": "ir.actions.client", "tag": "sale_collection_next"}
