from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

STATES = [("open", "Open"), ("answered", "Answered")]


class SaleCollectionSettlementQuestion(models.Model):
    """A question of a rep about a settlement or one of its lines, and the answer."""

    _name = "sale.collection.settlement.question"
    _description = "Question about a commission settlement"
    _inherit = [
        "sale.collection.code.written",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "state desc, id desc"
    _rec_name = "text"
    _mail_post_access = "read"

    settlement_id = fields.Many2one(
        "sale.collection.settlement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    user_id = fields.Many2one(related="settlement_id.user_id", store=True)
    entry_id = fields.Many2one(
        "sale.collection.commission.entry",
        string="About the entry",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    entry_amount = fields.Monetary(related="entry_id.amount", string="Commission")
    entry_explanation = fields.Char(
        related="entry_id.explanation", string="How it comes about"
    )
    text = fields.Text(string="Question", required=True, readonly=True)
    answer = fields.Text(tracking=True)
    answered_by_id = fields.Many2one("res.users", string="Answered by", readonly=True)
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, tracking=True
    )

    @api.model
    def _ask(self, settlement, text, entry=None):
        """Create a question, with an activity for the manager who confirmed.

        :raise ValidationError: no question, or an entry of another settlement
        """
        settlement.ensure_one()
        settlement.check_access("read")
        if not (text or "").strip():
            raise ValidationError(self.env._("Question: say what you want to know."))
        if entry and entry.sudo().settlement_id != settlement:
            raise ValidationError(
                self.env._("About the entry: choose an entry of this settlement.")
            )
        question = self.sudo().create(
            {
                "settlement_id": settlement.id,
                "entry_id": entry and entry.id,
                "text": text,
            }
        )
        question.message_subscribe(self.env.user.partner_id.ids)
        manager = settlement.sudo().confirmed_by_id
        if manager:
            question.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Answer a question about commission"),
                user_id=manager.id,
            )
        settlement.sudo().rep_state = "asked"
        return question.with_env(self.env)

    def action_answer(self):
        """Post the answer to the rep and close the question."""
        self.check_access("write")
        for question in self:
            if not (question.answer or "").strip():
                raise UserError(self.env._("Answer: type it first."))
            question.sudo().write(
                {"state": "answered", "answered_by_id": self.env.user.id}
            )
            question.activity_feedback(["mail.mail_activity_data_todo"])
            question.message_post(
                body=question.answer,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
