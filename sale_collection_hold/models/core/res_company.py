from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_services_hold = fields.Selection(
        [
            ("refuse", "Do not confirm them"),
            ("confirm", "Confirm them and show the hold"),
        ],
        string="Held orders with services only",
        required=True,
        default="refuse",
        help="Nothing of them can wait to be supplied.",
        groups="base.group_user",
    )
    collection_prepay_extent = fields.Selection(
        [
            ("full", "When all of it is paid"),
            ("extent", "As far as it is paid"),
        ],
        string="Supply prepaid orders",
        required=True,
        default="full",
        groups="base.group_user",
    )

    def _collection_get_controllers(self):
        """Return everybody who may decide on credit in this company."""
        self.ensure_one()
        domain = self._get_collection_controller_domain()
        return (
            self.env["res.users"]
            .sudo()
            .search([*domain, ("company_ids", "in", self.id)], order="id")
        )
