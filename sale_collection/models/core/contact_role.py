from odoo import api, fields, models

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

    @api.model
    def _get_labels(self):
        return self._fields["role"]._description_selection(self.env)

    @api.model
    def _get_people(self, customers):
        """Return {customer: its roles in their order}, also of customers without."""
        found = self.sudo().search([("customer_id", "in", customers.ids)])
        order = [role for role, __ in ROLES]
        found = found.sorted(lambda one: (order.index(one.role), one.id))
        return {customer: found.browse() for customer in customers} | found.grouped(
            "customer_id"
        )

    @api.model
    def _get_persons_to_call(self, customers):
        """Return {customer: the contact to speak to about money}.

        The one who handles payments, else finance, else the customer itself.
        """
        persons = {}
        for customer, roles in self._get_people(customers).items():
            handlers = roles.filtered(lambda one: one.role == "handler")
            finance = roles.filtered(lambda one: one.role == "finance")
            persons[customer] = (handlers or finance)[:1].contact_id or customer.sudo()
        return persons
