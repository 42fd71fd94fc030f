import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.sale_collection.tools.window import open_dialog

from ...tools.facts import Plan
from ...tools.ladder import Step
from ...tools.preview import describe

PACES = [("gentle", "Gentle"), ("normal", "Normal"), ("firm", "Firm")]


class SaleCollectionLadder(models.Model):
    """Which reminders a debt lives through, and when.

    One without company becomes that of the company that goes live with it. A plan
    reminds nobody before it is live, its first run waits for a person, and it stays
    silent in a copy of the database it went live in. A live plan is changed by a draft
    that is tried first, then put in force.
    """

    _name = "sale.collection.ladder"
    _description = "Reminder plan"
    _inherit = ["sale.collection.code.written", "mail.thread"]
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
        help="Empty: a pattern. Going live makes it the plan of the company you work "
        "in.",
    )
    draft_of_id = fields.Many2one(
        "sale.collection.ladder",
        string="Draft of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
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
    # archived steps are history, also where archived plans are shown
    step_ids = fields.One2many(
        "sale.collection.ladder.step",
        "ladder_id",
        copy=True,
        context={"active_test": True},
    )
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
    first_run_count = fields.Integer(
        compute="_compute_first_run_count",
        export_string_translation=False,
        help="Messages of the first run that wait to be confirmed.",
    )
    step_count = fields.Integer(string="Steps", compute="_compute_step_count")
    reminder_count = fields.Integer(
        string="Reminders sent", compute="_compute_reminder_count"
    )

    _draft_unique = models.UniqueIndex(
        "(draft_of_id) WHERE draft_of_id IS NOT NULL",
        "This plan has a draft already.",
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

    def _compute_first_run_count(self):
        counts = self.sudo()._count_first_run()
        for ladder in self:
            ladder.first_run_count = counts.get(ladder._origin, 0)

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
        :raise UserError: naming what the plan lacks, or that it is live or a draft
        """
        self.ensure_one()
        self.check_access("write")
        self._check_usable()
        self._check_not_live()
        if not self.company_id:
            self._take_over(self.env.company.root_id)
        tomorrow = fields.Date.add(self.company_id._collection_today(), days=1)
        # the mark is for the system's eyes only
        self.sudo().write(
            {
                "active": True,
                "entry_date": entry_date or tomorrow,
                "entry_step_id": (entry_step or self.step_ids.sorted("days")[:1]).id,
                "live_at": fields.Datetime.now(),
                "first_run_confirmed_by": False,
                "live_mark": self._get_database_mark(),
            }
        )

    def _check_not_live(self):
        """Check that going live with this plan would reset nothing.

        :raise UserError: it is live in this database, or the draft of another
        """
        if self.draft_of_id:
            raise UserError(
                self.env._(
                    "%(plan)s is a draft. Put it in force instead.", plan=self.name
                )
            )
        if self.is_live and self._filter_original():
            raise UserError(
                self.env._(
                    "%(plan)s is live already. Try a change on it, or switch it off "
                    "first.",
                    plan=self.name,
                )
            )

    def _take_over(self, company):
        """Make this pattern the plan of a company; other companies keep a copy.

        :raise UserError: a plan of the same pace is live: who would get which?
        """
        same = self._get_live(company).filtered(lambda one: one.pace == self.pace)
        if same:
            raise UserError(
                self.env._(
                    "%(plan)s is live for this pace already in %(company)s. Try a "
                    "change on it, or switch it off first.",
                    plan=same[0].name,
                    company=company.name,
                )
            )
        roots = self.env["res.company"].sudo().search_count([("parent_id", "=", False)])
        if roots > 1:
            self.copy()
        self.company_id = company
        self.check_access("write")  # in that company as well

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
        (self - self.browse().union(*self._count_first_run()))._confirm_first_run()

    def _count_first_run(self):
        """Return {plan: number of messages of its first run that wait}."""
        return dict(
            self.env["sale.collection.reminder"]._read_group(
                [
                    ("ladder_id", "in", self.ids),
                    ("is_first_run", "=", True),
                    ("state", "=", "candidate"),
                ],
                ["ladder_id"],
                ["__count"],
            )
        )

    # === CHANGING A LIVE PLAN ===#

    def action_try_change(self):
        """Open the draft of this plan, made now where there is none."""
        self.ensure_one()
        drafts = self.with_context(active_test=False)
        draft = drafts.search([("draft_of_id", "=", self.id)], limit=1)
        draft = draft or self._make_draft()
        return draft._get_records_action(name=self.env._("Try a change"))

    def _make_draft(self):
        """Return a copy of this plan whose steps know the steps they are drafts of."""
        draft = self.copy(
            {
                "name": self.env._("%(plan)s (draft)", plan=self.name),
                "active": False,
            }
        )
        draft.sudo().draft_of_id = self
        own = self.step_ids.grouped("days")
        for step in draft.sudo().step_ids:
            step.origin_id = own[step.days]
        return draft

    def _put_in_force(self):
        """Make the plan of this draft say what the draft says; the draft is gone then.

        The plan stays as live as it was, and its customers keep their place on it.

        :return: the plan
        :raise UserError: this is no draft, or has no steps
        """
        self.ensure_one()
        plan = self.draft_of_id
        (self | plan).check_access("write")
        self._check_usable()
        if not plan:
            raise UserError(self.env._("%(plan)s is no draft.", plan=self.name))
        plan.write({"pace": self.pace, "gap_days": self.gap_days})
        plan._take_steps(self.step_ids)
        self.unlink()
        said = ", ".join(f"{step.days}: {step.name}" for step in plan.step_ids)
        plan.message_post(
            body=self.env._("A draft was put in force. Steps by day: %s", said)
        )
        return plan

    def _take_steps(self, drafts):
        """Make the steps of this plan those of a draft.

        What waits to be sent of a step that is gone is dropped.
        """
        gone = self.step_ids - drafts.origin_id
        waiting = (
            self.env["sale.collection.reminder"]
            .sudo()
            .search(
                [("step_id", "in", gone.ids), ("state", "in", ("candidate", "ready"))]
            )
        )
        waiting._drop("outdated")
        gone.unlink()
        # no two steps may meet on a day on their way
        drafts.origin_id.active = False
        self.env.flush_all()
        for draft in drafts:
            if draft.origin_id:
                [values] = draft.copy_data({"ladder_id": self.id})
                draft.origin_id.write(values)
                draft.copy_translations(draft.origin_id)
            else:
                draft.ladder_id = self
        if self.entry_step_id - self.step_ids:
            self.entry_step_id = False

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
        """Return this plan as `Plan`; a draft as what its plan would be."""
        plan = self.draft_of_id or self
        steps = self.step_ids.sorted("days")
        keys = {step: (step.origin_id or step).id for step in steps}
        return Plan(
            plan.id,
            tuple(Step(keys[s], s.days, s.repeat_days, s.repeat_max) for s in steps),
            self.pace,
            plan.entry_step_id.id,
            plan.entry_date,
            self.gap_days,
            {keys[step]: step.min_amount for step in steps},
            not plan.first_run_confirmed_by,
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
        others = (self._get_live(company) - self - self.draft_of_id)._make_plans()
        others = [other for other in others if other.pace != plan.pace]
        facts = self.env["sale.collection.reminder.facts"]
        night = facts._collect_night(company, today, [plan, *others])
        steps = {step.origin_id.id: step.id for step in self.step_ids}
        return [
            describe(message, steps)
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

    def action_put_in_force(self):
        """Show what this draft would send before it takes the place of its plan."""
        return {**self.action_open_go_live(), "name": self.env._("Put in force")}

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
