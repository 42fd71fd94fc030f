from odoo import fields, models


class SaleCollectionVisitDocument(models.Model):
    """A document the customer needs before it pays, taken along or missing."""

    _name = "sale.collection.visit.document"
    _description = "Document of a visit"
    _order = "visit_id, id"

    visit_id = fields.Many2one(
        "sale.collection.visit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="visit_id.company_id")
    name = fields.Char(string="Document", required=True)
    is_ready = fields.Boolean(string="With us")
