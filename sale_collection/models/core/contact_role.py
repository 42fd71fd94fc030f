from odoo import fields, models

ROLES = [
    ("handler", "Handler"),
    ("decision", "Decision maker"),
    ("finance", "Finance"),
    ("guarantor", "Guarantor"),
]


class SaleCollectionContactRole(models.Model):
    """Role that a contact of a customer has when money is asked for."""

    _name = "sale.collection.contact.role"
    _description = "Role of a contact in collection"
    _inherit = ["sale.collection.titled"]
    _order = "customer_id, role, id"
    _rec_name = "contact_id"

    customer_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    role = fields.Selection(ROLES, required=True, default="handler")
    phone = fields.Char(related="contact_id.phone")
    email = fields.Char(related="contact_id.email")

    _role_unique = models.Constraint(
        "UNIQUE (customer_id, contact_id, role)",
        "This contact has this role already.",
    )
