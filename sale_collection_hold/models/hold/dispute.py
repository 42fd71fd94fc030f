from odoo import api, fields, models
from odoo.exceptions import AccessError

ALL_CUSTOMERS = "sale_collection.group_all_customers"


class SaleCollectionDispute(models.Model):
    """A dispute takes its amount out of supply rules once our side agrees to that.

    Else a salesperson could free an own held order by opening one.
    """

    _inherit = "sale.collection.dispute"

    agreed_by_id = fields.Many2one(
        "res.users",
        string="Agreed for supply by",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user.has_group(ALL_CUSTOMERS) and self.env.user,
        help="Who of those who see all customers agreed that supply does not wait for "
        "the disputed amount.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        disputes = super().create(vals_list)
        own = disputes.filtered(lambda dispute: dispute._is_about_own_order())
        own.sudo().agreed_by_id = False
        return disputes

    def write(self, vals):
        if not self.env.su and "agreed_by_id" in vals:
            raise AccessError(
                self.env._(
                    "Use the button on the dispute to agree that supply goes on."
                )
            )
        return super().write(vals)

    def _is_about_own_order(self):
        """Return whether the user who opened it sells a held order of the customer."""
        if not self.agreed_by_id:
            return False
        held = self.sudo().profile_id.hold_ids.filtered(
            lambda hold: hold.state == "active"
        )
        return any(self.env.user in hold._get_sellers() for hold in held)

    def action_agree(self):
        """Agree that supply does not wait for the disputed amount.

        :raise AccessError: the user may not settle disputes, or sells a held order of
            the customer while another controller could agree
        """
        self._check_may_decide("accepted")
        levels = self.env["sale.collection.hold.approval"]
        for company, disputes in self.grouped("company_id").items():
            levels._check_own_raise(company, disputes.partner_id)
        self.sudo().agreed_by_id = self.env.user
        self.profile_id._queue_refresh()
        return True
