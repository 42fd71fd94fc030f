from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.sale_collection.tools.period import quarter_bounds


class SaleCollectionCommissionSimulation(models.TransientModel):
    """The money of a period by a plan and by a changed copy of it, side by side."""

    _name = "sale.collection.commission.simulation"
    _description = "Compare commission plans"
    _rec_name = "candidate_id"

    candidate_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft",
        required=True,
        context={"active_test": False},
        domain="[('draft_of_id', '!=', False), ('active', '=', False)]",
        ondelete="cascade",
    )
    plan_id = fields.Many2one(
        related="candidate_id.draft_of_id", string="Plan in force"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_from = fields.Date(
        string="Money from",
        required=True,
        default=lambda self: self._get_default_bound(0),
    )
    date_to = fields.Date(
        string="Money to",
        required=True,
        default=lambda self: self._get_default_bound(1),
    )
    line_ids = fields.One2many(
        "sale.collection.commission.simulation.line", "simulation_id", readonly=True
    )
    is_done = fields.Boolean(readonly=True)
    amount_before = fields.Monetary(string="By the plan", compute="_compute_totals")
    amount_after = fields.Monetary(string="By the draft", compute="_compute_totals")
    difference = fields.Monetary(compute="_compute_totals")

    @api.model
    def _get_default_bound(self, position):
        """Return the first or last day of the last quarter that is over."""
        this_quarter = quarter_bounds(self.env.company._collection_today())
        return quarter_bounds(this_quarter[0] - timedelta(days=1))[position]

    @api.depends("line_ids")
    def _compute_totals(self):
        for simulation in self:
            lines = simulation.line_ids
            simulation.amount_before = sum(lines.mapped("amount_before"))
            simulation.amount_after = sum(lines.mapped("amount_after"))
            simulation.difference = simulation.amount_after - simulation.amount_before

    @api.onchange("candidate_id", "date_from", "date_to")
    def _onchange_question(self):
        """The answer to another question is none."""
        self.is_done = False
        self.line_ids = [fields.Command.clear()]

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for simulation in self:
            if simulation.date_from > simulation.date_to:
                raise ValidationError(
                    self.env._("Money to: choose a day after the first one.")
                )

    def action_compare(self):
        """List what each earner would have had."""
        self.ensure_one()
        if not self.plan_id:
            raise UserError(
                self.env._("Draft: the plan it was made from has been deleted.")
            )
        simulator = self.env["sale.collection.commission.simulator"].sudo()
        found = simulator._compare_plans(
            self.plan_id, self.candidate_id, self.date_from, self.date_to
        )
        lines = [
            self._prepare_line(*earner, *results) for earner, results in found.items()
        ]
        lines.sort(key=lambda line: line["amount_before"] - line["amount_after"])
        self.write(
            {
                "is_done": True,
                "line_ids": [
                    fields.Command.clear(),
                    *(fields.Command.create(line) for line in lines),
                ],
            }
        )
        return self._get_records_action(name=self.env._("Compare plans"))

    def _prepare_line(self, user_id, agent_id, before, after):
        round_cents = self.currency_id.round
        return {
            "user_id": user_id,
            "agent_id": agent_id,
            "base": round_cents(before.base or after.base),
            "amount_before": round_cents(before.amount),
            "amount_after": round_cents(after.amount),
        }


class SaleCollectionCommissionSimulationLine(models.TransientModel):
    """What one earner would have had."""

    _name = "sale.collection.commission.simulation.line"
    _description = "Earner in a comparison of plans"
    _order = "id"

    simulation_id = fields.Many2one(
        "sale.collection.commission.simulation", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    user_id = fields.Many2one("res.users", string="Rep", ondelete="cascade")
    agent_id = fields.Many2one("res.partner", ondelete="cascade")
    base = fields.Monetary(string="Base collected")
    amount_before = fields.Monetary(string="By the plan")
    amount_after = fields.Monetary(string="By the draft")
    difference = fields.Monetary(compute="_compute_difference")

    @api.depends("amount_before", "amount_after")
    def _compute_difference(self):
        for line in self:
            line.difference = line.amount_after - line.amount_before
