import base64

from odoo import api, fields, models

# Characters that fit into a QR code; a longer link works without one.
QR_LENGTH = 2800


class SaleCollectionPayLink(models.TransientModel):
    """A link, and a QR code for paper, to instalments of one customer."""

    _name = "sale.collection.pay.link"
    _description = "Payment link"

    profile_id = fields.Many2one(
        "sale.collection.profile", string="Customer", required=True, readonly=True
    )
    line_ids = fields.Many2many(
        "account.move.line", string="Instalments", required=True, readonly=True
    )
    link = fields.Char(compute="_compute_link")
    qr_code = fields.Binary(string="QR code", compute="_compute_link")
    days = fields.Integer(
        string="Days it works", related="profile_id.company_id.collection_link_days"
    )

    @api.depends("profile_id", "line_ids")
    def _compute_link(self):
        self.link = self.qr_code = False
        for dialog in self.filtered("profile_id"):
            profile = dialog.profile_id._origin
            dialog.link = profile._get_pay_link(dialog.line_ids._origin)
            if len(dialog.link) > QR_LENGTH:
                continue
            image = self.env["ir.actions.report"].barcode(
                "QR", dialog.link, width=240, height=240
            )
            dialog.qr_code = base64.b64encode(image)
