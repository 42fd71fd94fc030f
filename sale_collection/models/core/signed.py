from odoo import fields, models
from odoo.exceptions import UserError, ValidationError


class SaleCollectionSigned(models.AbstractModel):
    """A record that the customer signs, once: on the rep's phone or on the portal.

    The sentence signed is kept with it, with the figures of that moment.
    """

    _name = "sale.collection.signed"
    _description = "Record the customer signs"

    signature = fields.Image(readonly=True, copy=False, max_width=1024, max_height=1024)
    signed_by = fields.Char(string="Signed by", readonly=True, copy=False)
    signed_on = fields.Datetime(string="Signed on", readonly=True, copy=False)
    signed_ip = fields.Char(
        string="Signed from",
        readonly=True,
        copy=False,
        help="The IP address, of what was signed on the portal.",
    )
    signed_text = fields.Text(string="What was signed", readonly=True, copy=False)

    def _get_text_to_sign(self):
        """Return what the customer signs, in the language of the record.

        :raise UserError: there is nothing to sign
        """
        raise NotImplementedError

    def _get_signer_text(self):
        """Return what the customer signs, in the customer's language."""
        self.ensure_one()
        if self.signature:
            raise UserError(
                self.env._(
                    "%(name)s has signed this already.", name=self.sudo().signed_by
                )
            )
        return self.with_context(lang=self.partner_id.lang)._get_text_to_sign()

    def _sign(self, signature, signed_by, text, address=False):
        """Keep a signature.

        :param signature: image, base64
        :param str text: what the customer was shown
        :param address: the IP address it came from, when not from this screen
        :raise ValidationError: the signature or the name is missing
        :raise UserError: it is signed already, or the figures have moved since
        """
        self.sudo().lock_for_update(allow_referencing=True)
        signed_by = (signed_by or "").strip()
        if not signature:
            raise ValidationError(self.env._("Signature: let the customer sign first."))
        if not signed_by:
            raise ValidationError(self.env._("Signed by: enter who signs."))
        if text != self._get_signer_text():
            raise UserError(
                self.env._(
                    "The figures have changed meanwhile. Open the dialog once more and "
                    "show them to the customer."
                )
            )
        self.sudo().write(
            {
                "signature": signature,
                "signed_by": signed_by,
                "signed_on": fields.Datetime.now(),
                "signed_ip": address,
                "signed_text": text,
            }
        )
