from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.sale_collection.models.core.contact_role import ROLES

CHANNELS = [
    ("mail", "E-mail"),
    ("letter", "Letter"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("escalation", "Internal escalation"),
]
SENDERS = [
    ("rep", "Salesperson"),
    ("collector", "Collector"),
    ("manager", "Team leader"),
]
ESCALATE_TO = [
    ("rep", "Salesperson"),
    ("leader", "Team leader"),
    ("controller", "Credit controller"),
    ("accountant", "Accountant"),
]
STAGES = [
    ("reminded", "Reminded"),
    ("overdue", "Overdue notice"),
    ("final", "Final notice"),
    ("legal", "Handed over"),
]


class SaleCollectionLadderStep(models.Model):
    """One step of a reminder plan: when, how, to whom, and what follows."""

    _name = "sale.collection.ladder.step"
    _description = "Reminder step"
    _inherit = ["sale.collection.code.written", "sale.collection.advice"]
    _order = "ladder_id, days, sequence, id"

    ladder_id = fields.Many2one(
        "sale.collection.ladder", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ladder_id.company_id", store=True)
    currency_id = fields.Many2one(related="ladder_id.currency_id")
    origin_id = fields.Many2one(
        "sale.collection.ladder.step",
        string="Draft of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    active = fields.Boolean(
        default=True,
        help="A step that was used is archived and not deleted: its messages name it.",
    )
    sequence = fields.Integer(
        default=10, help="Level of the step: the higher, the more urgent."
    )
    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        required=True,
        help="From the start date, negative before. The start is the due date, or the "
        "end of a promise or snooze.",
    )
    channel = fields.Selection(CHANNELS, required=True, default="mail")
    recipient_role = fields.Selection(
        ROLES[:3],
        string="Recipient",
        required=True,
        default="handler",
        help="Contact of the customer with this role; without one its invoice address.",
    )
    copy_next_role = fields.Boolean(
        string="Copy to the next role",
        help="Handler, then decision maker, then finance.",
    )
    sender = fields.Selection(
        SENDERS,
        required=True,
        default="collector",
        help="Who signs the message or gets the activity.",
    )
    escalate_to = fields.Selection(
        ESCALATE_TO, default="leader", help="Who is told of an internal escalation."
    )
    template_id = fields.Many2one(
        "mail.template",
        domain=[("model", "=", "sale.collection.reminder")],
        ondelete="restrict",
        help="Text of the e-mail, in the language of the recipient.",
    )
    min_amount = fields.Monetary(
        string="From amount",
        help="Less than this in all is not worth the step. Company currency.",
    )
    automatic = fields.Boolean(
        default=True, help="Goes out by itself. Otherwise a person confirms each one."
    )
    repeat_days = fields.Integer(
        string="Repeat every", help="Days until the step is repeated. 0: never."
    )
    repeat_max = fields.Integer(string="Times", help="How often at most.")
    stage = fields.Selection(STAGES, help="Where the customer stands afterwards.")
    hand_over = fields.Boolean(
        string="Hand over",
        help="The credit controller gets the task to hand the debt over.",
    )

    pay_days = fields.Integer(
        string="Days to pay",
        default=7,
        help="The text asks for the money within so many days, by a working day.",
    )
    attach_statement = fields.Boolean(
        string="Attach statement", help="The statement of account as PDF."
    )
    attach_invoices = fields.Boolean(
        string="Attach invoices",
        help="The invoices asked for as PDF. With more than 20 of them the statement "
        "of account goes instead.",
    )

    _min_amount_positive = models.Constraint(
        "CHECK (min_amount >= 0)", "'From amount' of a step cannot be negative."
    )
    _repeat_positive = models.Constraint(
        "CHECK (repeat_days >= 0 AND repeat_max >= 0)",
        "'Repeat every' and 'Times' of a step cannot be negative.",
    )
    _pay_days_positive = models.Constraint(
        "CHECK (pay_days >= 0)", "'Days to pay' of a step cannot be negative."
    )
    _days_unique = models.UniqueIndex(
        "(ladder_id, days) WHERE active",
        "Two steps of a plan cannot be on the same day.",
    )

    def unlink(self):
        # EXTENDS: what messages name stays, archived
        parts = self.env["sale.collection.reminder.line"].sudo()
        used = self & parts.search([("step_id", "in", self.ids)]).step_id
        used |= self & parts.reminder_id.search([("step_id", "in", self.ids)]).step_id
        used.active = False
        return super(SaleCollectionLadderStep, self - used).unlink()

    @api.constrains("channel", "template_id")
    def _check_template(self):
        for step in self:
            if step.channel in ("mail", "letter") and not step.template_id:
                raise ValidationError(
                    self.env._(
                        "Step %(step)s: choose the text (e-mail template) of the "
                        "message.",
                        step=step.name,
                    )
                )

    @api.constrains("days", "repeat_days")
    def _check_repeat(self):
        for step in self:
            if step.days <= 0 and step.repeat_days:
                raise ValidationError(
                    self.env._(
                        "Step %(step)s: only a step after the due date can be "
                        "repeated.",
                        step=step.name,
                    )
                )
