from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import plaintext2html

from odoo.addons.sale_collection.tools.window import open_dialog

from ..tools.photo import find_type, make_name

#: How many photos come with an objection, and how big each may be.
MOST_PHOTOS = 5
MOST_MEGABYTES = 5
MEGABYTE = 1024 * 1024


class SaleCollectionDispute(models.Model):
    """An objection made on the portal, with the photos that show what is wrong.

    The customer reads and answers its messages there, but not the notes among them.
    """

    _name = "sale.collection.dispute"
    _inherit = ["sale.collection.dispute", "portal.mixin"]

    objector_id = fields.Many2one(
        "res.partner",
        string="Objected by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who wrote it on the portal.",
    )
    objection_id = fields.Many2one(
        "sale.collection.objection",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="What the customer chose from the list.",
    )
    words = fields.Text(string="The customer's words", readonly=True, copy=False)
    photo_ids = fields.Many2many(
        "ir.attachment",
        "sale_collection_dispute_photo_rel",
        string="Photos of the customer",
        readonly=True,
        copy=False,
        bypass_search_access=True,
    )

    # === COMPUTE ===#

    @api.depends("objector_id", "objection_id")
    def _compute_display_name(self):
        # EXTENDS: the customer reads it above a mail, and our reason is ours alone
        own = self.filtered("objector_id")
        for dispute in own:
            dispute.display_name = self.env._(
                "%(objection)s (%(customer)s)",
                objection=dispute.objection_id.name or self.env._("Objection"),
                customer=dispute.partner_id.sudo().display_name,
            )
        return super(SaleCollectionDispute, self - own)._compute_display_name()

    def _compute_access_url(self):
        # EXTENDS portal
        for dispute in self:
            dispute.access_url = f"/my/statement/dispute/{dispute.id}"

    def _mail_get_partners(self, introspect_fields=False):
        # EXTENDS mail: an answer goes to who objected
        found = super()._mail_get_partners(introspect_fields=introspect_fields)
        own = self.filtered("objector_id")
        return found | {dispute.id: dispute.objector_id for dispute in own}

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        # EXTENDS portal: what the customer never said is not opened by its token
        if not self.sudo().browse(thread_id).exists().objector_id:
            for name in self._get_allowed_access_params():
                kwargs.pop(name, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # EXTENDS portal: nor is a link to it sent; that to the page of an objection
        # bears no token, for mails are forwarded
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _belongs, values in groups if self else ():
            if name == "portal_customer":
                url = f"{self.get_base_url()}{self.access_url}"
                values["button_access"] = {"url": url}
            elif name == "portal" and not self.objector_id:
                values.update(active=False, has_button_access=False)
        if not self or self.objector_id:
            return groups
        return [group for group in groups if group[0] != "portal_customer"]

    def _thread_to_store(self, store, fields, *, request_list=None):
        # EXTENDS mail: core gives activities, files and followers to whoever has the
        # token of the page, and those are ours
        if request_list and not self.env.user._is_internal():
            request_list = []
        return super()._thread_to_store(store, fields, request_list=request_list)

    # === ANSWER ===#

    def action_reject(self):
        # EXTENDS: who objected reads why
        if not self.objector_id:
            return super().action_reject()
        self.ensure_one()
        return open_dialog(
            self.env._("Reject the objection"),
            "sale.collection.objection.reject",
            default_dispute_id=self.id,
        )

    def _reject_objection(self, reason):
        """Tell the customer why, then reject the objection.

        :raise UserError: it is settled already, or no reason is given
        """
        self.lock_for_update()
        if self.state != "open":
            raise UserError(self.env._("This objection has been settled already."))
        if not (reason or "").strip():
            raise ValidationError(self.env._("Why: the customer reads it."))
        self._check_may_decide("accepted")
        self.message_post(
            body=plaintext2html(reason.strip()),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        # pylint: disable=super-method-mismatch
        return super().action_reject()

    def _check_may_decide(self, state):
        # EXTENDS: the page of a rejected objection says that our answer is below
        result = super()._check_may_decide(state)
        waiting = state == "rejected" and self.filtered("objector_id")
        if waiting and not self.env.su and not waiting._are_answered():
            raise UserError(
                self.env._(
                    "The customer waits for an answer: open the dispute, press Reject "
                    "and say why."
                )
            )
        return result

    def _are_answered(self):
        """Tell whether somebody of ours has written to each of these customers."""
        comment = self.env.ref("mail.mt_comment")
        return all(
            any(
                message.subtype_id == comment
                and not message.is_internal
                and message.author_id
                and not message.author_id.partner_share
                for message in dispute.sudo().message_ids
            )
            for dispute in self
        )

    # === PHOTOS ===#

    @api.model
    def _prepare_photos(self, files):
        """Return the values of attachments for what a customer sends.

        :param files: pairs of name and content
        :raise UserError: too many, too big, or neither image nor PDF
        """
        if len(files) > MOST_PHOTOS:
            raise UserError(
                self.env._("Please send at most %(most)s files.", most=MOST_PHOTOS)
            )
        found = []
        for name, content in files:
            if len(content) > MOST_MEGABYTES * MEGABYTE:
                raise UserError(
                    self.env._(
                        "%(name)s is larger than %(most)s MB. Please send a smaller "
                        "one.",
                        name=name,
                        most=MOST_MEGABYTES,
                    )
                )
            kind = find_type(content)
            if not kind:
                raise UserError(
                    self.env._(
                        "%(name)s is neither a photo (JPEG, PNG, WebP) nor a PDF.",
                        name=name,
                    )
                )
            mimetype, end = kind
            found.append(
                {
                    "name": make_name(name, end),
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": self._name,
                }
            )
        return found

    def _attach_photos(self, photos):
        """Attach what `_prepare_photos` returned, for the customer to see again."""
        self.ensure_one()
        attachments = self.env["ir.attachment"].create(
            [{**values, "res_id": self.id} for values in photos]
        )
        self.photo_ids = [Command.set(attachments.ids)]

    @api.model
    def _find_portal_objections(self, profiles, contact=None):
        """Return what these customers objected to, in superuser mode.

        :param contact: a person who sees only what they said themselves
        """
        domain = [("profile_id", "in", profiles.ids), ("objector_id", "!=", False)]
        if contact:
            domain.append(("objector_id", "=", contact.id))
        return self.sudo().search(domain, order="id desc")
