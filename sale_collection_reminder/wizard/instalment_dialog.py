from odoo import api, fields, models


class SaleCollectionInstalmentDialog(models.AbstractModel):
    """A dialog about customers and some of their instalments.

    The instalments are plain ids: who collects need not have rights in accounting.
    """

    _name = "sale.collection.instalment.dialog"
    _description = "Dialog about instalments"

    profile_ids = fields.Many2many(
        "sale.collection.profile", string="Credit profiles", required=True
    )
    line_refs = fields.Json(export_string_translation=False)
    customer_count = fields.Integer(string="Customers", compute="_compute_scope")
    customer_names = fields.Char(string="Customer", compute="_compute_scope")
    line_count = fields.Integer(string="Instalments", compute="_compute_scope")
    currency_id = fields.Many2one("res.currency", compute="_compute_scope")
    amount = fields.Monetary(string="Open", compute="_compute_scope")

    @api.depends("profile_ids", "line_refs")
    def _compute_scope(self):
        for dialog in self:
            lines = dialog._get_lines()
            customers = dialog.profile_ids.partner_id
            dialog.customer_count = len(customers)
            dialog.customer_names = ", ".join(customers[:3].mapped("display_name"))
            dialog.line_count = len(lines)
            dialog.currency_id = dialog.profile_ids[:1].currency_id
            dialog.amount = sum(lines.mapped("collection_residual"))

    def _get_lines(self):
        """Return the instalments, as far as they are of these customers."""
        profiles = self._collection_get_given("profile_ids")
        known = {(one.company_id, one.partner_id) for one in profiles.sudo()}
        lines = self.env["account.move.line"].sudo().browse(self.line_refs or [])
        return lines.exists().filtered(
            lambda line: (
                (line.company_id.root_id, line.partner_id.commercial_partner_id)
                in known
            )
        )
