from odoo import fields, models

NOTICE = "sale_collection_hold.subtype_supply_notice"


class SaleCollectionHold(models.Model):
    """The polite mail that tells a customer what frees its order.

    It names overdue invoices and the money missing; never a limit, a score or a
    grade.
    """

    _inherit = "sale.collection.hold"

    notice_at = fields.Datetime(string="Customer told", readonly=True, copy=False)

    def action_send_notice(self):
        """Open the mail to the customer, ready to be sent."""
        self.ensure_one()
        template = self.env.ref("sale_collection_hold.mail_template_supply_notice")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supply notice"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
                "default_subtype_id": self.env.ref(NOTICE).id,
                "default_email_layout_xmlid": "mail.mail_notification_light",
                "hide_mail_template_management_options": True,
                "force_email": True,
            },
        }

    def _message_post_after_hook(self, message, msg_vals):
        # EXTENDS mail: keep when the customer was told
        if message.subtype_id == self.env.ref(NOTICE):
            self.sudo().write({"notice_at": fields.Datetime.now()})
        return super()._message_post_after_hook(message, msg_vals)

    def _message_add_suggested_recipients(self, force_primary_email=False):
        # EXTENDS mail: the salesperson writes the mail, the customer gets it
        suggested = super()._message_add_suggested_recipients(
            force_primary_email=force_primary_email
        )
        for hold in self.sudo():
            suggested[hold.id]["partners"] -= hold.user_id.partner_id
        return suggested

    # === WHAT THE MAIL SAYS ===#

    def _get_notice_recipient(self):
        """Return who deals with money at the customer, else the invoice contact."""
        self.ensure_one()
        roles = self.sudo().partner_id.collection_role_ids
        handlers = roles.filtered(lambda role: role.role == "handler").contact_id
        with_mail = handlers.filtered("email")
        return with_mail[:1] or self.sudo().order_id.partner_invoice_id

    def _get_notice_sender(self):
        self.ensure_one()
        return self.sudo().user_id or self.env.user

    def _get_notice_lines(self):
        """Return the overdue instalments of the customer, the oldest first."""
        self.ensure_one()
        company = self.sudo().company_id.root_id
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.sudo().partner_id.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_residual", ">", 0),
                    ("date_maturity", "<", company._collection_today()),
                    ("company_id", "child_of", company.id),
                ],
                order="date_maturity, id",
            )
        )

    def _get_notice_amount(self):
        """Return the money that frees supply; 0 where money alone does not."""
        self.ensure_one()
        return next(
            (
                cure["amount"]
                for cure in self.cures or ()
                if cure["complete"] and cure["kind"] in ("pay", "prepay")
            ),
            0.0,
        )
