from odoo import api, fields, models
from odoo.exceptions import ValidationError

PACES = [("gentle", "Gentle"), ("normal", "Normal"), ("firm", "Firm")]


class SaleCollectionLadder(models.Model):
    """Which reminders a debt lives through, and when.

    One without company is a pattern: going live copies it for the company. A ladder
    reminds nobody before it is live, and its first run waits for a person.
    """

    _name = "sale.collection.ladder"
    _description = "Reminder plan"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        domain=[("parent_id", "=", False)],
        help="Empty: a pattern each company takes a copy of when it goes live.",
    )
    pattern_id = fields.Many2one(
        "sale.collection.ladder",
        string="Copy of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", export_string_translation=False
    )
    pace = fields.Selection(
        PACES,
        required=True,
        default="normal",
        tracking=True,
        help="Customers whose grade asks for this pace get this plan.",
    )
    step_ids = fields.One2many("sale.collection.ladder.step", "ladder_id", copy=True)
    gap_days = fields.Integer(
        string="Days between messages",
        tracking=True,
        help="A customer gets no second overdue notice within so many days; what falls "
        "due meanwhile goes out together.",
    )
    entry_date = fields.Date(
        string="Debts due from",
        copy=False,
        tracking=True,
        help="Debts due before this day are reminded only when entered by hand.",
    )
    entry_step_id = fields.Many2one(
        "sale.collection.ladder.step",
        string="First step",
        copy=False,
        tracking=True,
        domain="[('ladder_id', '=', id)]",
        help="An overdue debt never reminded before starts here, however late it is.",
    )
    live_at = fields.Datetime(string="Live since", readonly=True, copy=False)
    first_run_confirmed_by = fields.Many2one(
        "res.users", string="First run confirmed by", readonly=True, copy=False
    )
    # Which database went live: a copy of it must stay silent.
    live_mark = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups="base.group_system",
    )

    _gap_days_positive = models.Constraint(
        "CHECK (gap_days >= 0)", "'Days between messages' cannot be negative."
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for ladder in self:
            company = ladder.company_id or self.env.company
            ladder.currency_id = company.currency_id

    @api.constrains("entry_step_id")
    def _check_entry_step(self):
        for ladder in self:
            if ladder.entry_step_id - ladder.step_ids:
                raise ValidationError(
                    self.env._(
                        "First step: choose a step of the plan %(plan)s.",
                        plan=ladder.name,
                    )
                )
