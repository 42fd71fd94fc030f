from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _collection_get_supply_addons(self):
        # EXTENDS: without this addon what was held back is never launched
        return [*super()._collection_get_supply_addons(), "sale_collection_stock"]

    @api.model
    def _collection_find_waiting(self):
        # EXTENDS: orders free to go whose goods could not be launched
        held = self.env["sale.order.line"].sudo()
        held = held.search([("collection_held_qty", ">", 0), ("state", "=", "sale")])
        return super()._collection_find_waiting() | held.order_id
