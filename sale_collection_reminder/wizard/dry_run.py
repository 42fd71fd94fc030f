from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class SaleCollectionDryRun(models.TransientModel):
    """The messages a night would bring, and those kept back with their reasons.

    Nothing is written before somebody goes live. The amounts are those of now: what is
    paid until then drops out.
    """

    _name = "sale.collection.dry.run"
    _description = "Dry run of reminders"

    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        readonly=True,
        ondelete="cascade",
        help="Empty: all that are live.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_go_live = fields.Boolean(
        compute="_compute_is_go_live", export_string_translation=False
    )
    is_draft = fields.Boolean(
        compute="_compute_is_go_live", export_string_translation=False
    )
    date = fields.Date(
        string="Night of",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
    )
    entry_date = fields.Date(
        string="Debts due from",
        compute="_compute_entry",
        store=True,
        readonly=False,
        help="Debts due before this day are reminded only when somebody enters them by "
        "hand.",
    )
    entry_step_id = fields.Many2one(
        "sale.collection.ladder.step",
        string="First step",
        compute="_compute_entry",
        store=True,
        readonly=False,
        domain="[('ladder_id', '=', ladder_id), ('days', '>', 0)]",
        help="An overdue debt never reminded before starts here, however late it is.",
    )
    line_ids = fields.One2many(
        "sale.collection.dry.run.line",
        "dry_run_id",
        compute="_compute_line_ids",
        store=True,
    )
    going_count = fields.Integer(string="Messages", compute="_compute_totals")
    going_amount = fields.Monetary(string="Asked for", compute="_compute_totals")
    kept_count = fields.Integer(string="Kept back", compute="_compute_totals")
    old_count = fields.Integer(
        string="Too old to enter",
        compute="_compute_totals",
        help="Customers whose debts fell due before the day on which the plan begins.",
    )
    silence = fields.Selection(
        [("neutralized", "Neutralized"), ("demo", "Demonstration")],
        compute="_compute_silence",
        help="Why nothing leaves this database.",
    )

    # === COMPUTE ===#

    @api.depends("ladder_id")
    def _compute_is_go_live(self):
        for run in self:
            ladder = run.ladder_id
            run.is_draft = bool(ladder.draft_of_id)
            run.is_go_live = ladder and not ladder.is_live and not ladder.draft_of_id

    @api.depends("company_id", "is_go_live")
    def _compute_date(self):
        """The next working day: the coming night's, or today's when going live."""
        for run in self:
            is_working = run.company_id._collection_get_working_days()
            ahead = 0 if run.is_go_live else 1
            first = fields.Date.add(run.company_id._collection_today(), days=ahead)
            days = (fields.Date.add(first, days=number) for number in range(31))
            run.date = next(filter(is_working, days), first)

    @api.depends("ladder_id", "company_id")
    def _compute_entry(self):
        for run in self:
            ladder = run.ladder_id
            tomorrow = fields.Date.add(run.company_id._collection_today(), days=1)
            overdue = ladder.step_ids.sorted("days").filtered(lambda s: s.days > 0)
            run.entry_date = tomorrow
            run.entry_step_id = ladder.entry_step_id or overdue[:1]

    @api.depends("ladder_id", "date", "entry_date", "entry_step_id", "company_id")
    def _compute_line_ids(self):
        for run in self:
            found = run._find_messages() if run.date else []
            run.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in found),
            ]

    @api.depends("line_ids")
    def _compute_totals(self):
        for run in self:
            going = run.line_ids.filtered(lambda line: not line.reason)
            kept = run.line_ids - going
            run.going_count = len(going)
            run.going_amount = sum(going.mapped("amount"))
            run.old_count = len(kept.filtered(lambda one: one.reason == "before_entry"))
            run.kept_count = len(kept) - run.old_count

    @api.depends("company_id")
    def _compute_silence(self):
        self.silence = self.env["sale.collection.ladder"]._get_silence()

    # === ACTIONS ===#

    def action_go_live(self):
        """Go live as shown; the first run then waits to be confirmed."""
        self.ensure_one()
        if not self.is_go_live:
            raise UserError(self.env._("This plan is live already."))
        company = self._collection_get_given("company_id").root_id
        ladder = self._collection_get_given("ladder_id").with_company(company)
        ladder._go_live(self.entry_date, self.entry_step_id)
        reminders = self.env["sale.collection.reminder"].sudo().with_company(company)
        reminders._prepare()
        if ladder.first_run_count:
            return ladder.action_open_tonight()
        return ladder._get_records_action()  # says that nothing waits

    def action_put_in_force(self):
        """Put the draft in force as shown; nothing is sent before the night."""
        self.ensure_one()
        return self.ladder_id._put_in_force()._get_records_action()

    # === BUSINESS ===#

    def _find_messages(self):
        """Return the values of the lines: messages, then those kept back."""
        company = self.company_id.root_id
        found = []
        for ladder in self._get_ladders():
            entered = self if self.is_go_live else ladder.draft_of_id or ladder
            found += ladder.with_company(company)._preview_night(
                self.date, entered.entry_date, entered.entry_step_id
            )
        found.sort(key=lambda one: (bool(one["reason"]), -one["amount"]))
        return self._prepare_lines(found)

    def _get_ladders(self):
        """Return the plan asked about, else those that are live."""
        if self.ladder_id:
            return self.ladder_id
        ladders = self.env["sale.collection.ladder"].search(
            [("company_id", "=", self.company_id.root_id.id), ("is_live", "=", True)]
        )
        return ladders.filtered("step_ids")

    def _prepare_lines(self, messages):
        """Return the values of the lines of messages, in their order."""
        return [self._prepare_line(message) for message in messages]

    @api.model
    def _prepare_line(self, message):
        return {
            "partner_id": message["partner_id"],
            "step_id": message["step_id"],
            "reason": message["reason"],
            "amount": message["amount"],
            "line_count": len(message["lines"]),
            "oldest_due_date": min(
                (part["due_date"] for part in message["lines"]), default=False
            ),
        }
