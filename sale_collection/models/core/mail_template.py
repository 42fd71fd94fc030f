from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class MailTemplate(models.Model):
    """Texts of ours that go to customers: an empty one is a mistake and stays here."""

    _inherit = "mail.template"

    def _collection_draw(self, records):
        """Return {id: (subject, body)} of records, each in its language.

        :raise UserError: a text comes out empty, naming the template
        """
        subjects = self._render_field("subject", records.ids, compute_lang=True)
        bodies = self._render_field("body_html", records.ids, compute_lang=True)
        for key in records.ids:
            if not (subjects[key] or "").strip() or is_html_empty(bodies[key]):
                raise UserError(
                    self.env._(
                        "The text “%(template)s” comes out empty. Correct the e-mail "
                        "template.",
                        template=self.display_name,
                    )
                )
        return {key: (subjects[key], bodies[key]) for key in records.ids}
