from collections import defaultdict

from odoo import models


class SaleCollectionMoneyNotice(models.Model):
    """What the people of a customer are told of its money."""

    _inherit = "sale.collection.money.notice"

    def _notify_reps(self):
        """Tell collector and salespeople, each in the own language."""
        promises = self._collect_promises()
        extra = self._get_extra()
        for notice in self.sudo().with_context(mail_notify_force_send=False):
            for user, receipts in notice._get_readers().items():
                owns = receipts == notice.receipt_ids
                notice._notify(
                    user,
                    {
                        "rows": notice._get_rows(receipts),
                        "amount": sum(receipts.mapped("amount")),
                        "promises": promises[notice.partner_id] if owns else (),
                        "extra": extra.get(notice, ()) if owns else (),
                        "profile": notice.profile_id if owns else None,
                    },
                )

    def _notify(self, user, values):
        self = self.with_context(lang=user.lang)
        values = {**values, "notice": self}
        body = self.env["ir.qweb"]._render(
            "sale_collection.money_notice_message", values
        )
        target = self.profile_id if values["profile"] else self.env["mail.thread"]
        target.message_notify(
            subject=self.env._(
                "%(customer)s paid %(amount)s",
                customer=self.partner_id.name,
                amount=self.currency_id.format(values["amount"]),
            ),
            body=body,
            partner_ids=user.partner_id.ids,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _get_readers(self):
        """Return {user: the money to tell of}.

        Those who may see the customer hear of all of it, the salesperson of a paid
        invoice of that invoice alone.
        """
        self.ensure_one()
        owners = self.profile_id.user_id | self.partner_id.user_id
        readers = {
            user: rows
            for user, rows in self.receipt_ids.grouped("user_id").items()
            if user
        } | dict.fromkeys(owners, self.receipt_ids)
        return {
            user: rows
            for user, rows in readers.items()
            if user.active and user.has_group("sale_collection.group_user")
        }

    def _get_rows(self, receipts):
        """Return one row for each invoice: what was paid, how late, what is left."""
        return [
            {
                "invoice": move,
                "currency": rows[0].currency_id,
                "amount": sum(rows.mapped("amount_currency")),
                "days_late": max(rows.mapped("days_late")),
                "open": sum(rows.line_id.mapped("amount_residual_currency")),
            }
            for move, rows in receipts.grouped("move_id").items()
        ]

    # === COLLECT ===#

    def _collect_promises(self):
        """Return {customer: promises this money was for}."""
        parts = self.env["sale.collection.promise.allocation"].search(
            [
                ("line_ref", "in", self.receipt_ids.mapped("line_ref")),
                ("promise_id.state", "in", ("open", "kept", "partial")),
            ]
        )
        found = defaultdict(self.env["sale.collection.promise"].browse)
        for part in parts:
            found[part.promise_id.partner_id] |= part.promise_id
        return found

    def _get_extra(self):
        """Return {notice: further sentences for the people of its customer}."""
        return {}
