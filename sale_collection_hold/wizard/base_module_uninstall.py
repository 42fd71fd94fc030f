from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    """Ask what becomes of the orders that wait before their holds are removed."""

    _inherit = "base.module.uninstall"

    collection_waiting_count = fields.Integer(
        string="Orders that wait", compute="_compute_collection_waiting_count"
    )
    collection_supply_waiting = fields.Boolean(
        string="Supply the orders that wait",
        help="Held orders are released and their supply is launched before the app is "
        "uninstalled. Rejected orders are not: release or cancel them first.",
    )

    @api.depends("module_ids")
    def _compute_collection_waiting_count(self):
        Module = self.env["ir.module.module"]
        addons = set(Module._collection_get_supply_addons())
        for dialog in self:
            leaving = addons & set(dialog._get_modules().mapped("name"))
            orders = Module._collection_find_waiting() if leaving else ()
            dialog.collection_waiting_count = len(orders)

    def action_uninstall(self):
        # EXTENDS base
        if self.collection_supply_waiting:
            self.env["ir.module.module"]._collection_supply_waiting()
        return super().action_uninstall()
