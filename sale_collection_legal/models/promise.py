from odoo import fields, models
from odoo.exceptions import UserError


class SaleCollectionPromise(models.Model):
    """A promise in writing starts the limitation period of its debts anew."""

    _inherit = "sale.collection.promise"

    is_signed = fields.Boolean(
        string="Signed by the customer",
        readonly=True,
        copy=False,
        tracking=True,
        help="The signed letter is attached: the limitation period of its invoices "
        "starts anew on the day the promise was made.",
    )

    def action_note_signed(self):
        """Note that the customer signed; the signed letter has to be attached.

        :raise UserError: it is a draft, or nothing is attached
        """
        self.check_access("write")
        for promise in self:
            if promise.state == "draft":
                raise UserError(self.env._("Confirm the promise before it is signed."))
            if not promise.message_attachment_count:
                raise UserError(
                    self.env._(
                        "Attach the letter the customer signed first: it is the proof."
                    )
                )
        self.sudo().is_signed = True
        self.sudo().profile_id._queue_refresh()
