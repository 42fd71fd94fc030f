from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.sms import find_unknown

# What a text may name, in braces.
WORDS = ("company", "customer", "amount", "due", "pay_by", "sender")


class SaleCollectionLadderStep(models.Model):
    """A step that writes a text message, and an e-mail to whoever gets none."""

    _inherit = "sale.collection.ladder.step"

    channel = fields.Selection(
        selection_add=[("sms", "SMS"), ("letter",)],
        ondelete={"sms": lambda steps: steps._give_up_sms()},
    )
    sms_text = fields.Text(
        string="SMS",
        translate=True,
        default=lambda self: self.env._(
            "{company}: {amount} was due on {due}. Please pay by {pay_by}."
        ),
        help="Short: 160 characters are one message, 70 as soon as one of them is not "
        "in the alphabet of mobile networks. {company}, {customer}, {amount}, {due}, "
        "{pay_by} and {sender} are filled in; the link to pay comes at the end.",
    )

    @api.constrains("channel", "sms_text", "template_id")
    def _check_sms(self):
        for step in self.filtered(lambda step: step.channel == "sms"):
            text = step.sms_text or ""
            if not text.strip() or not step.template_id:
                raise ValidationError(
                    self.env._(
                        "Step %(step)s: write the text of the SMS, and choose the "
                        "e-mail template for customers who get none.",
                        step=step.name,
                    )
                )
            unknown = find_unknown(text, WORDS)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "SMS of step %(step)s: %(unknown)s is not known. Use "
                        "%(known)s.",
                        step=step.name,
                        unknown=unknown[0],
                        known=", ".join(f"{{{word}}}" for word in WORDS),
                    )
                )

    def _give_up_sms(self):
        """Write e-mails instead, where there is a text, else have customers called."""
        written = self.filtered("template_id")
        written.channel = "mail"
        (self - written).channel = "call"
