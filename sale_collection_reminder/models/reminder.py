from odoo import fields, models

from .ladder_step import CHANNELS

STATES = [
    ("candidate", "To confirm"),
    ("ready", "Ready"),
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("dropped", "Dropped"),
]
# In these a reminder claims its instalments: the database keeps a second one off.
CLAIMING = ("ready", "queued", "sent")
REASONS = [
    ("paid", "Paid"),
    ("paying", "Payment on its way"),
    ("promised", "Promised"),
    ("disputed", "Disputed"),
    ("snoozed", "Snoozed"),
    ("covered", "Credits cover it"),
    ("bank_line", "An unmatched bank line fits"),
    ("bank_stale", "Bank statement too old"),
    ("no_address", "No address"),
    ("never_sent", "Invoice never sent"),
    ("no_followup", "Excluded from follow-up"),
    ("excluded", "Customer excluded"),
    ("blacklisted", "Address blacklisted"),
    ("below_minimum", "Below the minimum"),
    ("gap", "Reminded a few days ago"),
    ("reply", "A reply waits to be read"),
    ("before_entry", "Due before the plan began"),
    ("manual", "Dropped by hand"),
    ("outdated", "No longer called for"),
    ("bounced", "Mail bounced"),
    ("error", "Error"),
]


class SaleCollectionReminder(models.Model):
    """One message to one customer about the instalments that reached a step.

    Made by `_prepare`, checked again and sent by `_send`. Amounts are in company
    currency.
    """

    _name = "sale.collection.reminder"
    _description = "Reminder"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    recipient_id = fields.Many2one("res.partner", ondelete="set null")
    copy_ids = fields.Many2many(
        "res.partner", "sale_collection_reminder_copy_rel", string="Copy to"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Sender",
        ondelete="set null",
        domain="[('share', '=', False)]",
    )
    lang = fields.Char(string="Language", export_string_translation=False)
    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    step_id = fields.Many2one(
        "sale.collection.ladder.step",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="The highest step its instalments have reached.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="An announcement before the due date is about one invoice.",
    )
    channel = fields.Selection(CHANNELS, required=True)
    date = fields.Date(
        required=True, readonly=True, help="The night it was prepared for."
    )
    prepared_on = fields.Date(
        string="Still wanted on",
        readonly=True,
        help="The last night that found it right.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="candidate")
    reason = fields.Selection(REASONS, readonly=True)
    note = fields.Char(help="What else there is to say about it.")
    amount_total = fields.Monetary(
        string="Amount", readonly=True, help="Asked for, less credits not matched yet."
    )
    amount_credit = fields.Monetary(
        string="Credits", readonly=True, help="Payments and credit notes not matched."
    )
    line_ids = fields.One2many(
        "sale.collection.reminder.line", "reminder_id", readonly=True
    )
    attempt = fields.Integer(readonly=True, default=1)
    previous_id = fields.Many2one(
        "sale.collection.reminder",
        string="Failed attempt",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    is_first_run = fields.Boolean(
        string="First run",
        readonly=True,
        help="Of the first run of the plan: without consequences.",
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True)
    dropped_by_id = fields.Many2one("res.users", readonly=True)
    sent_at = fields.Datetime(string="Sent", readonly=True, copy=False)
    # The next attempt is another message: neither its words nor its bounces.
    mail_id = fields.Many2one(
        "mail.mail",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # what waits is looked for by state, and is little
    _waiting_index = models.Index(
        "(company_id, state) WHERE state IN ('candidate', 'ready', 'queued')"
    )
