from odoo import Command, fields, models

from ..core.transaction import do_all_or_each


class MailScheduledMessage(models.Model):
    """A message about to leave may carry a statement of account."""

    _inherit = "mail.scheduled.message"

    # set on messages with a statement: the first day of the payments it shows
    collection_statement_from = fields.Date(
        readonly=True,
        export_string_translation=False,
        groups="sale_collection.group_user,account.group_account_readonly,"
        "account.group_account_invoice",
    )

    def _post_message(self, raise_exception=True):
        # EXTENDS mail: a statement is printed as it leaves
        statements = self.sudo().filtered("collection_statement_from").sudo(False)
        if raise_exception:
            statements._collection_print()
            return super()._post_message(raise_exception)
        failed = []

        def drop(message, error):
            failed.append(message)
            message._collection_tell_failed(error)

        do_all_or_each(
            self.env, statements, lambda batch: batch._collection_print(), drop
        )
        failed = self.browse().concat(*failed)
        failed.unlink()
        return super(MailScheduledMessage, self - failed)._post_message(False)

    def _collection_print(self):
        """Print the statements of these messages as their senders see them."""
        attachments = self.env["ir.attachment"]
        profiles = self.env["sale.collection.profile"]
        for (sender, day), messages in (
            self.sudo()
            .grouped(
                lambda message: (message.create_uid, message.collection_statement_from)
            )
            .items()
        ):
            own = profiles.with_user(sender).browse(set(messages.mapped("res_id")))
            files = own._render_statement(date_from=day)
            for message in messages:
                name, content = files[message.res_id]
                # the sender's own and bound to the message: it takes them along
                printed = attachments.with_user(sender).sudo()
                message.attachment_ids = [
                    Command.link(
                        printed.create(
                            {
                                "name": name,
                                "raw": content,
                                "res_model": self._name,
                                "res_id": message.id,
                            }
                        ).id
                    )
                ]

    def _collection_tell_failed(self, error):
        """Tell the sender that a statement could not be printed, and why."""
        sender = self.sudo().create_uid
        profile = self.env["sale.collection.profile"].sudo().browse(self.res_id)
        words = self.with_context(lang=sender.lang).env
        words["mail.thread"].message_notify(
            partner_ids=sender.partner_id.ids,
            subject=words._(
                "The statement of %(customer)s was not sent",
                customer=profile.partner_id.display_name,
            ),
            body=words._("It could not be printed: %(error)s", error=error),
        )
