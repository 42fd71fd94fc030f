import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

TEXT_FIELDS = {"subject", "body"}


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
    # The instalments and amounts the fixed words were written for.
    fixed_for = fields.Char(readonly=True, copy=False, export_string_translation=False)
    is_edited = fields.Boolean(string="Text changed by hand", readonly=True, copy=False)
    text_error = fields.Char(
        string="Problem with the text",
        compute="_compute_text",
        help="Why the text of the step cannot be shown for this customer.",
    )

    is_outdated = fields.Boolean(
        string="Amounts changed since",
        compute="_compute_is_outdated",
        help="The words were changed by hand for other amounts than those of now.",
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

    @api.depends("is_edited", "fixed_for", "line_ids.amount")
    def _compute_is_outdated(self):
        for reminder in self:
            reminder.is_outdated = (
                reminder.is_edited and reminder.fixed_for != reminder._get_fixed_for()
            )

    def _inverse_text(self):
        """Keep the words of a person, for the amounts of now."""
        drawn, __ = self._render_texts()
        for reminder in self:
            subject, body = drawn.get(reminder.id, (False, False))
            reminder.sudo().write(
                {
                    # what was not written is not in the cache either
                    "fixed_subject": reminder.subject or subject,
                    "fixed_body": reminder.body or body,
                    "fixed_for": reminder._get_fixed_for(),
                    "is_edited": True,
                }
            )

    def _get_fixed_for(self):
        """Return what tells one list of instalments and amounts from another."""
        return ",".join(
            f"{part.line_id.id}:{part.amount:.2f}"
            for part in self.line_ids.sorted(lambda part: part.line_id.id)
        )

    # === CRUD ===#

    def _check_writable(self, vals):
        # EXTENDS: the words are for everybody who may write at all
        kept = {name: value for name, value in vals.items() if name not in TEXT_FIELDS}
        return super()._check_writable(kept)

    # === RENDER ===#

    def _render_texts(self):
        """Draw the texts of reminders, each in its language, template by template.

        A text that cannot be drawn costs its customer only.

        :return: {id: (subject, body)} and {id: what is wrong with the text}
        """
        fixed = self.filtered(lambda one: one.fixed_body or one.message_id)
        texts = {one.id: one._get_fixed_text() for one in fixed}
        errors = {}
        open_texts = (self - fixed).filtered(lambda one: one.id)
        open_texts._ensure_links()
        for step, reminders in open_texts.grouped("step_id").items():
            template = step.sudo().template_id
            if template:
                found, failed = reminders._render_template(template)
                texts |= found
                errors |= failed
        return texts, errors

    def _get_fixed_text(self):
        """Return the words that went out, else those that were kept."""
        message = self.sudo().message_id
        if self.fixed_body or not message:
            return self.fixed_subject, self.fixed_body
        return message.subject, message.body

    def _render_template(self, template):
        """Return `_render_texts` of one template, one by one where the batch fails."""
        try:
            with self.env.cr.savepoint():
                return self._render_batch(template), {}
        except psycopg2.OperationalError:
            raise
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
        """Keep the words as they are read now: exactly these go out.

        :return: {id: what is wrong} of those whose text cannot be drawn
        """
        texts, errors = self._render_texts()
        for reminder in self.filtered(lambda one: not one.fixed_body):
            subject, body = texts.get(reminder.id, (False, False))
            reminder.sudo().write(
                {
                    "fixed_subject": subject,
                    "fixed_body": body,
                    "fixed_for": reminder._get_fixed_for(),
                }
            )
        return errors

    def _unfix_texts(self):
        """Let the words follow their template again."""
        self.sudo().write(
            {
                "fixed_subject": False,
                "fixed_body": False,
                "fixed_for": False,
                "is_edited": False,
            }
        )

    # === EXTENDS ===#

    def action_confirm(self):
        # EXTENDS: nobody confirms words about other amounts
        for reminder in self:
            if reminder.is_outdated:
                raise UserError(reminder._get_outdated_message())
        if len(self) == 1 and self.text_error:
            raise UserError(self.text_error)
        return super().action_confirm()

    def _get_outdated_message(self):
        return self.env._(
            "The amounts of %(customer)s have changed since its text was written. "
            "Correct the text, or go back to the step's.",
            customer=self.partner_id.display_name,
        )

    def _recheck_one(self, night, plan):
        # EXTENDS: what has been paid since is taken out of the words as well
        reason = super()._recheck_one(night, plan)
        if reason or not self.fixed_body or self.fixed_for == self._get_fixed_for():
            return reason
        if self.is_edited:
            self.note = self._get_outdated_message()
            return "outdated"
        self._unfix_texts()
        return None

    def _send_letter(self):
        # EXTENDS: what is printed later are the words of now
        errors = self._fix_texts()
        for reminder in self:
            if errors.get(reminder.id):
                reminder._fail("error", errors[reminder.id])
        return super(
            SaleCollectionReminder, self.filtered(lambda one: one.state == "ready")
        )._send_letter()

    def _try_again(self, channel):
        # EXTENDS: the words of a person go along
        attempt = super()._try_again(channel)
        if self.is_edited:
            attempt.write(
                {
                    "fixed_subject": self.fixed_subject,
                    "fixed_body": self.fixed_body,
                    "fixed_for": self.fixed_for,
                    "is_edited": True,
                }
            )
        return attempt
