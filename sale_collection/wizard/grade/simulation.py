from collections import Counter

from odoo import api, fields, models

from ...fields import OptionalFloat

CHANGES = [
    ("better", "Better"),
    ("worse", "Worse"),
    ("other", "To or from new"),
    ("same", "Same"),
]


class SaleCollectionSimulation(models.TransientModel):
    """Grades of all customers by one scorecard beside the ones they have."""

    _name = "sale.collection.simulation"
    _description = "Scorecard simulation"
    _inherit = ["sale.collection.titled"]
    _rec_name = "scorecard_id"
    _transient_max_hours = 12

    scorecard_id = fields.Many2one(
        "sale.collection.scorecard", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id._collection_today(),
    )
    line_ids = fields.One2many("sale.collection.simulation.line", "simulation_id")
    customer_count = fields.Integer(string="Customers", readonly=True)
    better_count = fields.Integer(string="Better", readonly=True)
    worse_count = fields.Integer(string="Worse", readonly=True)
    worse_amount = fields.Monetary(string="Open with those", readonly=True)
    matrix_html = fields.Html(
        string="Grades", compute="_compute_matrix_html", sanitize=False
    )

    # === COMPUTE METHODS ===#

    @api.depends("line_ids.old_grade_id", "line_ids.new_grade_id")
    @api.depends_context("lang")
    def _compute_matrix_html(self):
        Grade = self.env["sale.collection.grade"]
        for simulation in self:
            groups = self.env["sale.collection.simulation.line"]._read_group(
                [("simulation_id", "=", simulation._origin.id)],
                ["old_grade_id", "new_grade_id"],
                ["__count"],
            )
            cells = {(old.id, new.id): count for old, new, count in groups}
            grades = Grade._get_grades(simulation.company_id)
            rows = list(grades)
            if any(not old for old, _new in cells):
                rows.append(Grade)
            simulation.matrix_html = self.env["ir.qweb"]._render(
                "sale_collection.grade_matrix",
                {"rows": rows, "columns": grades, "cells": cells},
                minimal_qcontext=True,
            )

    # === ACTIONS ===#

    def action_simulate(self):
        """Grade everybody by the scorecard, without writing a grade."""
        self.ensure_one()
        self.scorecard_id._check_usable()
        self.line_ids.unlink()
        lines = self._prepare_lines()
        self.env["sale.collection.simulation.line"].create(lines)
        changes = Counter(line["change"] for line in lines)
        self.write(
            {
                "customer_count": len(lines),
                "better_count": changes["better"],
                "worse_count": changes["worse"],
                "worse_amount": sum(
                    line["amount_open"] for line in lines if line["change"] == "worse"
                ),
            }
        )
        return self._get_records_action(
            name=self.env._("Simulation of %(name)s", name=self.scorecard_id.name)
        )

    def action_open_changes(self):
        return self._open_lines(
            self.env._("Changed grades"), [("change", "!=", "same")]
        )

    def action_open_better(self):
        return self._open_lines(
            self.env._("Better grades"), [("change", "=", "better")]
        )

    def action_open_worse(self):
        return self._open_lines(self.env._("Worse grades"), [("change", "=", "worse")])

    def action_open_all(self):
        return self._open_lines(self.env._("Simulated grades"), [])

    def action_activate(self):
        """Put the simulated scorecard in use; the next night grades by it."""
        self.scorecard_id.action_activate()
        return self.scorecard_id._get_records_action()

    # === BUSINESS ===#

    def _open_lines(self, name, domain):
        """Return the action that shows the lines of this simulation in a domain."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.simulation_line_action"
        )
        return {
            **action,
            "name": name,
            "domain": [("simulation_id", "=", self.id), *domain],
        }

    def _prepare_lines(self):
        """Return the values of a line for each customer the user may see."""
        profiles = self.env["sale.collection.profile"].with_company(self.company_id)
        outcomes = (
            self.env["sale.collection.scoring"]
            .sudo()
            ._judge_profiles(
                profiles.sudo(), self.company_id, self.scorecard_id, self.date
            )
        )
        profiles = profiles.search_fetch(
            [("company_id", "=", self.company_id.id)], ["amount_open"]
        )
        grades = self.env["sale.collection.grade"]._get_grades(self.company_id)
        # Worst first: the higher the place, the better the grade.
        scored = grades.filtered(lambda grade: not grade.is_new).sorted("score_from")
        places = {grade.id: place for place, grade in enumerate(scored)}
        return [
            self._prepare_line(profile, outcomes[profile.id], places)
            for profile in profiles
            if profile.id in outcomes
        ]

    def _prepare_line(self, profile, outcome, places):
        standing = outcome.standing
        return {
            "simulation_id": self.id,
            "profile_id": profile.id,
            "user_id": standing.user_id,
            "amount_open": profile.amount_open,
            "old_grade_id": standing.grade_id,
            "new_grade_id": outcome.grade_id,
            "old_score": standing.score,
            "new_score": outcome.verdict.points,
            "change": self._get_change(standing.grade_id, outcome.grade_id, places),
        }

    @api.model
    def _get_change(self, old, new, places):
        """Return the kind of change between two grades.

        :param places: {grade id: its place, worst first}; without the grade for new
        """
        if old == new:
            return "same"
        if old not in places or new not in places:
            return "other"
        return "better" if places[new] > places[old] else "worse"


class SaleCollectionSimulationLine(models.TransientModel):
    """One customer of a simulation."""

    _name = "sale.collection.simulation.line"
    _description = "Simulated grade"
    _inherit = ["sale.collection.titled"]
    _order = "amount_open desc, id"
    _rec_name = "profile_id"
    _transient_max_hours = 12

    simulation_id = fields.Many2one(
        "sale.collection.simulation", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)
    old_grade_id = fields.Many2one(
        "sale.collection.grade", string="Grade now", readonly=True, ondelete="cascade"
    )
    old_color = fields.Integer(
        related="old_grade_id.color",
        string="Old color",
        export_string_translation=False,
    )
    new_grade_id = fields.Many2one(
        "sale.collection.grade", string="Simulated", readonly=True, ondelete="cascade"
    )
    new_color = fields.Integer(
        related="new_grade_id.color",
        string="New color",
        export_string_translation=False,
    )
    old_score = OptionalFloat(
        string="Score today", digits=(5, 2), readonly=True, aggregator="avg"
    )
    new_score = OptionalFloat(
        string="Simulated score", digits=(5, 2), readonly=True, aggregator="avg"
    )
    change = fields.Selection(CHANGES, readonly=True)
