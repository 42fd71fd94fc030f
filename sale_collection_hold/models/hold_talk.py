from odoo import fields, models

from .hold_notify import ANSWER


class SaleCollectionHold(models.Model):
    """What salesperson and controller ask each other about a held order."""

    _inherit = "sale.collection.hold"

    asked_by_id = fields.Many2one(
        "res.users", string="Release asked by", readonly=True, copy=False
    )
    asked_at = fields.Datetime(string="Release asked", readonly=True, copy=False)
    asked_reason = fields.Text(string="Why to release", readonly=True, copy=False)
    question = fields.Text(readonly=True, copy=False, help="To the salesperson.")

    def _ask_release(self, reason):
        """Put these orders before their controller, with what the salesperson says.

        Also the answer to a question: the order is the controller's again.
        """
        for hold in self:
            hold.sudo().write(
                {
                    "asked_by_id": self.env.uid,
                    "asked_at": fields.Datetime.now(),
                    "asked_reason": reason,
                    "question": False,
                    "waits_for": "controller",
                }
            )
            hold.sudo().message_post(body=reason, subtype_xmlid="mail.mt_note")
            hold.sudo()._ask_controller(
                hold._get_controller(),
                self.env._("%(user)s asks for release", user=self.env.user.name),
                reason,
            )
        self.sudo().order_id.activity_feedback([ANSWER], feedback=reason)

    def _get_controller(self):
        company = self.sudo().company_id
        found = self.sudo().controller_id or company._collection_get_controller()
        return found or self.env.user

    def _ask_salesperson(self, question):
        """Have the salesperson answer a question before the release is decided."""
        self._check_controller()
        self.check_access("read")
        for hold in self.sudo():
            hold.write({"question": question, "waits_for": "rep"})
            hold.message_post(body=question, subtype_xmlid="mail.mt_note")
            hold.order_id.activity_schedule(
                ANSWER,
                date_deadline=hold.company_id._collection_today(),
                user_id=(hold.user_id or self.env.user).id,
                note=question,
            )
