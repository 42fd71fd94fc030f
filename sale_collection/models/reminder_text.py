import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class SaleCollectionReminder(models.Model):
    """The words of a reminder: its step's text, until somebody fixes them.

    Before a person has confirmed or changed it, the text is drawn from the template
    whenever it is read, and so always tells today's amounts. Confirmed words stay.
    """

    _inherit = "sale.collection.reminder"

    subject = fields.Char(compute="_compute_text", inverse="_inverse_text")
    body = fields.Html(
        string="Text",
        compute="_compute_text",
        inverse="_inverse_text",
        sanitize="email_outgoing",
    )
    fixed_subject = fields.Char(readonly=True, copy=False)
    fixed_body = fields.Html(readonly=True, copy=False, sanitize="email_outgoing")
    is_edited = fields.Boolean(string="Text changed by hand", readonly=True, copy=False)
    text_error = fields.Char(
        string="Problem with the text",
        compute="_compute_text",
        help="Why the text of the step cannot be shown for this customer.",
    )

    # === COMPUTE ===#

    @api.depends("fixed_subject", "fixed_body", "step_id", "channel", "line_ids.amount")
    def _compute_text(self):
        texts, errors = self._render_texts()
        for reminder in self:
            subject, body = texts.get(reminder.id, ("", ""))
            reminder.subject = subject
            reminder.body = body
            reminder.text_error = errors.get(reminder.id)

    def _inverse_text(self):
        for reminder in self:
            reminder._check_editable()
        for reminder in self:
            reminder.sudo().write(
                {
                    "fixed_subject": reminder.subject,
                    "fixed_body": reminder.body,
                    "is_edited": True,
                }
            )

    def _check_editable(self):
        if self.state not in ("candidate", "ready"):
            raise UserError(
                self.env._(
                    "The text for %(customer)s cannot be changed any more: it is "
                    "%(state)s.",
                    customer=self.partner_id.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )

    # === RENDER ===#

    def _render_texts(self):
        """Draw the texts of reminders, each in its language, template by template.

        A text that cannot be drawn costs its customer only.

        :return: {id: (subject, body)} and {id: what is wrong with the text}
        """
        fixed = self.filtered("fixed_body")
        texts = {one.id: (one.fixed_subject, one.fixed_body) for one in fixed}
        errors = {}
        open_texts = (self - fixed).filtered(lambda one: one.id)
        for step, reminders in open_texts.grouped("step_id").items():
            template = step.sudo().template_id
            if template:
                found, failed = reminders._render_template(template)
                texts |= found
                errors |= failed
        return texts, errors

    def _render_template(self, template):
        """Return `_render_texts` of one template, one by one where the batch fails."""
        try:
            with self.env.cr.savepoint():
                return self._render_batch(template), {}
        except Exception as error:
            if len(self) == 1:
                _logger.info("Text of reminder %s: %s", self.id, error, exc_info=True)
                return {}, {self.id: str(error)}
        texts, errors = {}, {}
        for reminder in self:
            found, failed = reminder._render_template(template)
            texts |= found
            errors |= failed
        return texts, errors

    def _render_batch(self, template):
        """Return {id: (subject, body)} of one template."""
        subjects = template._render_field("subject", self.ids, compute_lang=True)
        bodies = template._render_field("body_html", self.ids, compute_lang=True)
        return {id_: (subjects[id_], bodies[id_]) for id_ in self.ids}

    # === FIX ===#

    def _fix_texts(self):
        """Keep the words as they are read now, for what is about to be confirmed.

        :return: {id: what is wrong} of those whose text cannot be drawn
        """
        texts, errors = self._render_texts()
        for reminder in self.filtered(lambda one: not one.fixed_body):
            subject, body = texts.get(reminder.id, (False, False))
            reminder.sudo().write({"fixed_subject": subject, "fixed_body": body})
        return errors

    def _unfix_texts(self):
        """Let texts nobody changed by hand follow their template again."""
        self.filtered(lambda one: not one.is_edited).sudo().write(
            {"fixed_subject": False, "fixed_body": False}
        )
