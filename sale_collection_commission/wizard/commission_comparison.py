from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import branches_sql
from odoo.addons.sale_collection.tools.period import quarter_bounds

KINDS = [("plans", "Compare plans"), ("periods", "Policy review")]


class SaleCollectionCommissionComparison(models.TransientModel):
    """Puts commission side by side, by earner.

    Either the money of a period by a plan and by a changed draft of it, or two periods
    as they were: did customers pay sooner after a change of policy, and at what cost?
    Shares and days late are weighted by amount. Nothing is booked.
    """

    _name = "sale.collection.commission.comparison"
    _description = "Compare commission"

    kind = fields.Selection(KINDS, required=True, readonly=True, default="periods")
    candidate_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft",
        context={"active_test": False},
        domain="[('draft_of_id', '!=', False), ('active', '=', False)]",
        ondelete="cascade",
    )
    plan_id = fields.Many2one(
        related="candidate_id.draft_of_id", string="Plan in force"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="Money from",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_to = fields.Date(
        string="Money to",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    second_from = fields.Date(
        string="Second period from",
        required=True,
        default=lambda self: self._get_quarter(1)[0],
    )
    second_to = fields.Date(
        string="Second period to",
        required=True,
        default=lambda self: self._get_quarter(1)[1],
    )
    line_ids = fields.One2many(
        "sale.collection.commission.comparison.line", "comparison_id", readonly=True
    )
    is_done = fields.Boolean(readonly=True)
    amount_before = fields.Monetary(string="By the plan", compute="_compute_totals")
    amount_after = fields.Monetary(string="By the draft", compute="_compute_totals")
    difference = fields.Monetary(compute="_compute_totals")

    @api.model
    def _get_quarter(self, back):
        """Return the bounds of the quarter that was over `back` quarters ago."""
        day = self.env.company._collection_today()
        for _unused in range(back):
            day = quarter_bounds(day)[0] - timedelta(days=1)
        return quarter_bounds(day)

    @api.depends("candidate_id")
    def _compute_company_id(self):
        for comparison in self:
            plan = comparison.plan_id
            comparison.company_id = plan.company_id or self.env.company.root_id

    @api.depends("kind")
    def _compute_dates(self):
        for comparison in self:
            back = 2 if comparison.kind == "periods" else 1
            comparison.date_from, comparison.date_to = self._get_quarter(back)

    @api.depends("kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for comparison in self:
            comparison.display_name = labels.get(comparison.kind)

    @api.depends("line_ids")
    def _compute_totals(self):
        for comparison in self:
            lines = comparison.line_ids
            comparison.amount_before = sum(lines.mapped("amount_1"))
            comparison.amount_after = sum(lines.mapped("amount_2"))
            comparison.difference = comparison.amount_after - comparison.amount_before

    @api.onchange(
        *("candidate_id", "company_id", "date_from", "date_to"),
        *("second_from", "second_to"),
    )
    def _onchange_question(self):
        """Drop the answer when another question is asked."""
        self.is_done = False
        self.line_ids = [Command.clear()]

    @api.constrains("date_from", "date_to", "second_from", "second_to")
    def _check_dates(self):
        for comparison in self:
            if comparison.date_from > comparison.date_to:
                raise ValidationError(
                    self.env._("Money to: choose a day after the first one.")
                )
            if comparison.second_from > comparison.second_to:
                raise ValidationError(
                    self.env._("Period to: a period cannot end before it begins.")
                )

    def action_compare(self):
        """Read both sides and list them by earner."""
        self.ensure_one()
        if self.kind == "plans":
            lines = self._get_plan_lines()
        else:
            lines = self._get_period_lines()
        commands = [Command.clear(), *map(Command.create, lines)]
        self.write({"is_done": True, "line_ids": commands})
        names = dict(self._fields["kind"]._description_selection(self.env))
        return self._get_records_action(name=names[self.kind])

    # === TWO PLANS ===#

    def _get_plan_lines(self):
        """Return what each earner would have had, the most gained first.

        :raise UserError: there is no draft of a plan to compare
        """
        if not self.plan_id:
            raise UserError(
                self.env._("Draft: the plan it was made from has been deleted.")
            )
        simulator = self.env["sale.collection.commission.simulator"].sudo()
        found = simulator._compare_plans(
            self.plan_id, self.candidate_id, self.date_from, self.date_to
        )
        round_cents = self.currency_id.round
        lines = [
            {
                "user_id": user_id,
                "agent_id": agent_id,
                "collected_1": round_cents(before.base or after.base),
                "amount_1": round_cents(before.amount),
                "amount_2": round_cents(after.amount),
            }
            for (user_id, agent_id), (before, after) in found.items()
        ]
        return sorted(lines, key=lambda line: line["amount_1"] - line["amount_2"])

    # === TWO PERIODS ===#

    def _get_period_lines(self):
        """Return both periods for all reps together, then for each of them."""
        periods = [
            self._collect_period(self.date_from, self.date_to),
            self._collect_period(self.second_from, self.second_to),
        ]
        reps = sorted(
            (periods[0].keys() | periods[1].keys()) - {None},
            key=lambda rep: -sum(found.get(rep, (0,))[0] for found in periods),
        )
        return [self._get_period_line(rep, periods) for rep in [None, *reps]]

    @api.model
    def _get_period_line(self, rep, periods):
        values = {"user_id": rep, "is_total": rep is None}
        for number, found in enumerate(periods, 1):
            money, timely, weight, commission = found.get(rep, (0.0,) * 4)
            values |= {
                f"collected_{number}": money,
                f"on_time_{number}": timely / money if money else 0.0,
                f"days_late_{number}": weight / money if money else 0.0,
                f"amount_{number}": commission,
                f"per_hundred_{number}": 100 * commission / money if money else 0.0,
            }
        return values

    def _collect_period(self, date_from, date_to):
        """Return {rep id: (money, of it on time, money x days late, commission)}.

        None stands for all reps. Amounts are in company currency; money that came
        within the days of grace is on time.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH company AS (%(companies)s),
                money AS (
                    SELECT receipt.user_id, SUM(receipt.amount) AS money,
                           COALESCE(SUM(receipt.amount) FILTER (
                               WHERE receipt.days_late <= %(grace)s), 0) AS timely,
                           SUM(receipt.amount * receipt.days_late) AS weight
                      FROM sale_collection_receipt receipt
                     WHERE receipt.kind = 'cash'
                       AND receipt.date BETWEEN %(first)s AND %(last)s
                       AND receipt.company_id IN (SELECT id FROM company)
                     GROUP BY receipt.user_id),
                paid AS (
                    SELECT entry.user_id, SUM(entry.amount_company) AS amount
                      FROM sale_collection_commission_entry entry
                     WHERE entry.date BETWEEN %(first)s AND %(last)s
                       AND entry.company_id IN (SELECT id FROM company)
                     GROUP BY entry.user_id)
                SELECT COALESCE(money.user_id, paid.user_id),
                       COALESCE(money.money, 0)::float8,
                       COALESCE(money.timely, 0)::float8,
                       COALESCE(money.weight, 0)::float8,
                       COALESCE(paid.amount, 0)::float8
                  FROM money
                  FULL JOIN paid ON paid.user_id = money.user_id
                """,
                companies=branches_sql(self.company_id),
                grace=self.company_id.collection_grace_days,
                first=date_from,
                last=date_to,
            )
        )
        found = {rep: tuple(figures) for rep, *figures in rows if rep}
        columns = zip(*(figures for _rep, *figures in rows), strict=True)
        return {**found, None: tuple(sum(column) for column in columns) or (0.0,) * 4}


class SaleCollectionCommissionComparisonLine(models.TransientModel):
    """One earner, or all reps together, on both sides."""

    _name = "sale.collection.commission.comparison.line"
    _description = "Earner in a comparison of commission"
    _order = "id"

    comparison_id = fields.Many2one(
        "sale.collection.commission.comparison", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="comparison_id.currency_id")
    user_id = fields.Many2one("res.users", string="Rep", ondelete="cascade")
    agent_id = fields.Many2one("res.partner", ondelete="cascade")
    is_total = fields.Boolean()
    name = fields.Char(string="Who", compute="_compute_name")
    collected_1 = fields.Monetary(string="Collected")
    collected_2 = fields.Monetary(string="Collected, second")
    on_time_1 = fields.Float(string="On time")
    on_time_2 = fields.Float(string="On time, second")
    days_late_1 = fields.Float(string="Days late", digits=(16, 1))
    days_late_2 = fields.Float(string="Days late, second", digits=(16, 1))
    amount_1 = fields.Monetary(string="Commission")
    amount_2 = fields.Monetary(string="Commission, second")
    per_hundred_1 = fields.Float(string="Per 100 collected", digits=(16, 2))
    per_hundred_2 = fields.Float(string="Per 100 collected, second", digits=(16, 2))
    difference = fields.Monetary(compute="_compute_difference")

    @api.depends("user_id", "agent_id", "is_total")
    def _compute_name(self):
        for line in self:
            earner = line.user_id.name or line.agent_id.name
            line.name = self.env._("All") if line.is_total else earner

    @api.depends("amount_1", "amount_2")
    def _compute_difference(self):
        for line in self:
            line.difference = line.amount_2 - line.amount_1
