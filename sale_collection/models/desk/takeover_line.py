from odoo import api, fields, models


class SaleCollectionTakeoverLine(models.Model):
    """A customer that was taken over: by whom, and what of it."""

    _name = "sale.collection.takeover.line"
    _description = "Customer taken over"
    _inherit = ["sale.collection.titled"]
    _order = "takeover_id, id"
    _rec_name = "partner_id"

    takeover_id = fields.Many2one(
        "sale.collection.takeover",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="takeover_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    to_user_id = fields.Many2one(
        "res.users", string="To colleague", required=True, readonly=True
    )
    counts = fields.Json(readonly=True, export_string_translation=False)
    what = fields.Char(string="Taken over", compute="_compute_what")

    @api.depends("counts")
    @api.depends_context("lang")
    def _compute_what(self):
        takeovers = self.env["sale.collection.takeover"]
        labels = takeovers._get_labels()
        for line in self:
            line.what = takeovers._describe([line.counts], labels)
