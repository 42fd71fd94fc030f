import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.sale_collection.tools.window import open_dialog

from ..tools.facts import Plan
from ..tools.ladder import Step

PACES = [("gentle", "Gentle"), ("normal", "Normal"), ("firm", "Firm")]


class SaleCollectionLadder(models.Model):
    """Which reminders a debt lives through, and when.

    One without company is a pattern: going live copies it for the company. A plan
    reminds nobody before it is live, its first run waits for a person, and it stays
    silent in a copy of the database it went live in.
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

    is_live = fields.Boolean(compute="_compute_is_live", search="_search_is_live")
    step_count = fields.Integer(string="Steps", compute="_compute_step_count")
    reminder_count = fields.Integer(
        string="Reminders sent", compute="_compute_reminder_count"
    )

    _gap_days_positive = models.Constraint(
        "CHECK (gap_days >= 0)", "'Days between messages' cannot be negative."
    )

    # === COMPUTE ===#

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for ladder in self:
            company = ladder.company_id or self.env.company
            ladder.currency_id = company.currency_id

    @api.depends("active", "live_at", "company_id")
    def _compute_is_live(self):
        for ladder in self:
            ladder.is_live = ladder.active and ladder.live_at and ladder.company_id

    @api.model
    def _search_is_live(self, operator, value):
        if operator != "in":
            return NotImplemented
        live = Domain("live_at", "!=", False) & Domain("company_id", "!=", False)
        live &= Domain("active", "=", True)
        return live if True in value else ~live

    @api.depends("step_ids")
    def _compute_step_count(self):
        for ladder in self:
            ladder.step_count = len(ladder.step_ids)

    def _compute_reminder_count(self):
        reminders = self.env["sale.collection.reminder"]
        counts = dict(
            reminders._read_group(
                [("ladder_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
                ["ladder_id"],
                ["__count"],
            )
        )
        for ladder in self:
            ladder.reminder_count = counts.get(ladder._origin, 0)

    # === CONSTRAINTS ===#

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

    @api.constrains("company_id")
    def _check_root_company(self):
        if self.company_id.parent_id:
            raise UserError(
                self.env._("Company: a plan belongs to a main company, not a branch.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["sale.collection.reminder"].sudo()
        if used.search_count([("ladder_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Customers were reminded by this plan. Archive it instead of "
                    "deleting it."
                )
            )

    def _check_usable(self):
        """Check that these plans can remind somebody.

        :raise UserError: a plan without steps
        """
        for ladder in self:
            if not ladder.step_ids:
                raise UserError(
                    self.env._(
                        "Steps: the plan %(plan)s has none. Add at least one.",
                        plan=ladder.name,
                    )
                )

    # === GOING LIVE ===#

    def action_switch_off(self):
        """Stop reminding by these plans; what waits is dropped."""
        self.check_access("write")
        waiting = self.env["sale.collection.reminder"].sudo()
        waiting = waiting.search(
            [("ladder_id", "in", self.ids), ("state", "in", ("candidate", "ready"))]
        )
        waiting._drop("outdated")
        self.sudo().write(
            {"live_at": False, "live_mark": False, "first_run_confirmed_by": False}
        )
        preparation = self.env["sale.collection.reminder.preparation"].sudo()
        for company in self.company_id:
            if not self._get_live(company):
                # nothing lies ahead of anybody any more
                preparation._write_next_days(company, {})

    def _go_live(self, entry_date=None, entry_step=None):
        """Remind by this plan from the next night on, the first run to be confirmed.

        :param date entry_date: debts due before it enter only by hand; the day after
            today when left out
        :param entry_step: step at which overdue debts enter; the first when left out
        :return: the live plan: a copy for the current company of a pattern
        :raise UserError: naming what the plan lacks
        """
        self.ensure_one()
        self.check_access("write")
        self._check_usable()
        company = (self.company_id or self.env.company).root_id
        tomorrow = fields.Date.add(company._collection_today(), days=1)
        ladder = self if self.company_id else self._ensure_copy(company)
        if entry_step and entry_step not in ladder.step_ids:
            entry_step = ladder._get_step_like(entry_step)
        # the mark is for the system's eyes only
        ladder.sudo().write(
            {
                "active": True,
                "entry_date": entry_date or tomorrow,
                "entry_step_id": (entry_step or ladder.step_ids.sorted("days")[:1]).id,
                "live_at": fields.Datetime.now(),
                "first_run_confirmed_by": False,
                "live_mark": self._get_database_mark(),
            }
        )
        return ladder

    def _ensure_copy(self, company):
        """Return a pattern's copy for a company, made by an earlier go-live or now.

        One that is switched off takes over what the pattern says now.

        :raise UserError: the copy is live; it is the plan to change
        """
        earlier = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("pattern_id", "=", self.id)], limit=1
        )
        values = {"company_id": company.id, "pattern_id": self.id, "name": self.name}
        if not earlier:
            return self.copy(values)
        if earlier.is_live and earlier._filter_original():
            raise UserError(
                self.env._(
                    "%(plan)s is live already in %(company)s. Change the steps of that "
                    "plan, or switch it off first.",
                    plan=earlier.name,
                    company=company.name,
                )
            )
        earlier.write({"gap_days": self.gap_days, "pace": self.pace})
        earlier._take_steps(self.step_ids)
        return earlier

    def _take_steps(self, steps):
        """Make the steps of this plan equal to others, day by day."""
        own = {step.days: step for step in self.with_context(active_test=True).step_ids}
        for step in steps:
            [values] = step.copy_data({"ladder_id": self.id})
            if step.days in own:
                own.pop(step.days).write(values)
            else:
                step.create(values)
        self.step_ids.browse().union(*own.values()).unlink()

    def _get_step_like(self, step):
        """Return the step of this copy that is on the same day as the pattern's."""
        return self.step_ids.filtered(lambda own: own.days == step.days)[:1]

    def _confirm_first_run(self):
        """Let automatic steps of these plans go out by themselves from now on."""
        fresh = self.sudo().filtered(lambda ladder: not ladder.first_run_confirmed_by)
        fresh.first_run_confirmed_by = self.env.user

    def action_confirm_first_run(self):
        """Confirm a first run in which nothing waits, as when nothing was due.

        :raise UserError: reminders of it wait
        """
        self.check_access("write")
        self.sudo()._finish_first_run()
        if not all(ladder.first_run_confirmed_by for ladder in self):
            raise UserError(
                self.env._(
                    "Reminders of the first run wait: confirm or drop them first, "
                    "under “Tonight”."
                )
            )

    def _finish_first_run(self):
        """Confirm the first run of plans of which none waits any more."""
        groups = self.env["sale.collection.reminder"]._read_group(
            [
                ("ladder_id", "in", self.ids),
                ("is_first_run", "=", True),
                ("state", "=", "candidate"),
            ],
            ["ladder_id"],
        )
        waiting = self.browse().union(*(ladder for [ladder] in groups))
        (self - waiting)._confirm_first_run()

    # === COPIES STAY SILENT ===#

    @api.model
    def _get_database_mark(self):
        """Return what tells this database from a copy of it."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return hashlib.sha256(f"{self.env.cr.dbname} {uuid}".encode()).hexdigest()

    @api.model
    def _get_silence(self):
        """Return why nothing leaves this database, None when it may.

        :return: `neutralized` or `demo`
        """
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("database.is_neutralized"):
            return "neutralized"
        base = self.env["ir.module.module"].sudo().search([("name", "=", "base")])
        return "demo" if base.demo else None

    @api.model
    def _check_may_send(self):
        """Refuse to send from a database that sends nothing.

        :raise UserError: it is neutralized or for demonstration
        """
        silence = self._get_silence()
        if silence:
            label = {
                "neutralized": self.env._("it is a neutralized copy"),
                "demo": self.env._("it holds demonstration data"),
            }[silence]
            raise UserError(
                self.env._("This database sends nothing: %(why)s.", why=label)
            )

    def _filter_original(self):
        """Return the plans that went live in this very database, not in its original.

        One that was restored under another name or identity stays silent until it
        goes live again.
        """
        mark = self._get_database_mark()
        return self.sudo().filtered(lambda ladder: ladder.live_mark == mark)

    # === AS PLAIN VALUES ===#

    @api.model
    def _get_live(self, company):
        """Return the live plans of a root company."""
        return self.sudo().search(
            [("company_id", "=", company.id), ("live_at", "!=", False)]
        )

    @api.model
    def _get_live_plans(self, company):
        """Return the plans that may send, as `Plan`: not those of a copied database."""
        return self._get_live(company)._filter_original()._make_plans()

    def _make_plans(self):
        """Return those of these plans that have steps as `Plan`."""
        return [ladder._make_plan() for ladder in self.sudo() if ladder.step_ids]

    def _make_plan(self):
        steps = self.step_ids.sorted("days")
        return Plan(
            self.id,
            tuple(Step(s.id, s.days, s.repeat_days, s.repeat_max) for s in steps),
            self.pace,
            self.entry_step_id.id,
            self.entry_date,
            self.gap_days,
            {step.id: step.min_amount for step in steps},
            not self.first_run_confirmed_by,
        )

    def _preview_night(self, today=None, entry_date=None, entry_step=None):
        """Return the messages of a night as if this plan were live; nothing is written.

        :param date today: the company's own today when left out
        :param date entry_date: debts due before it enter only by hand; those due
            after today when left out
        :param entry_step: step at which overdue debts enter; the first when left out
        :return: list of {`partner_id`, `step_id`, `move_id`, `reason`, `amount`,
            `lines`: [{`line_id`, `step_id`, `due_date`, `amount`}]}
        """
        self.ensure_one()
        self.check_access("read")
        company = (self.company_id or self.env.company).sudo().root_id
        today = today or company._collection_today()
        entry = entry_date or fields.Date.add(today, days=1)
        [plan] = self._make_plans()
        plan = plan._replace(
            entry_date=entry,
            entry_step=entry_step.id if entry_step else plan.steps[0].id,
            is_first_run=True,
        )
        others = (self._get_live(company) - self - self.pattern_id)._make_plans()
        others = [other for other in others if other.pace != plan.pace]
        facts = self.env["sale.collection.reminder.facts"]
        night = facts._collect_night(company, today, [plan, *others])
        return [
            _describe(message)
            for message in night.decide()
            if message.plan.id == plan.id
        ]

    # === SCREENS ===#

    def action_open_go_live(self):
        """Show what the plan would send before it may send anything."""
        self.ensure_one()
        self._check_usable()
        return open_dialog(
            self.env._("Go live"),
            "sale.collection.dry.run",
            default_ladder_id=self.id,
            dialog_size="extra-large",
        )

    def action_open_tonight(self):
        """Show what of this plan waits to go out, and what was kept back."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.tonight_action"
        )
        return {**action, "domain": [("ladder_id", "=", self.id)]}

    def action_open_reminders(self):
        """Show what this plan has sent."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        return {**action, "domain": [("ladder_id", "in", self.ids)], "context": {}}


def _describe(message):
    return {
        "partner_id": message.partner,
        "step_id": message.step,
        "move_id": message.move,
        "reason": message.reason,
        "amount": message.amount,
        "lines": [
            {
                "line_id": part.line,
                "step_id": part.step,
                "due_date": part.due,
                "amount": part.amount,
            }
            for part in message.parts
        ],
    }
