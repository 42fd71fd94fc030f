from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.date_utils import start_of

from ...models.grade.scorecard import Case
from ...tools.backtest import auc, is_rising, observe


class SaleCollectionBacktest(models.TransientModel):
    """Grade customers as they stood on a past day and look at what then happened.

    Learns nothing: the scorecard is taken as it is, with what was known on the cut
    date, and meets the invoices of the window after it.
    """

    _name = "sale.collection.backtest"
    _description = "Scorecard back-test"
    _inherit = ["sale.collection.titled"]
    _rec_name = "scorecard_id"
    _transient_max_hours = 12

    scorecard_id = fields.Many2one(
        "sale.collection.scorecard", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    cut = fields.Date(
        string="Known until",
        required=True,
        default=lambda self: self._get_default_cut(),
        help="Customers are graded as they stood on this day.",
    )
    until = fields.Date(
        string="Test until",
        required=True,
        compute="_compute_until",
        store=True,
        readonly=False,
        precompute=True,
        help="The invoices issued after the first day up to this one are looked at.",
    )
    invoice_count = fields.Integer(
        string="Instalments",
        readonly=True,
        help="Issued in the window, with an outcome that is known by now.",
    )
    dropped_count = fields.Integer(
        string="Not known yet",
        readonly=True,
        help="Still open and not more than 30 days overdue: left out.",
    )
    late_count = fields.Integer(
        string="Paid late", readonly=True, help="After the printed due date."
    )
    auc_late = fields.Float(
        string="Ranking of late payers",
        digits=(4, 3),
        readonly=True,
        help="Chance that, of one late and one punctual payment, the late one came "
        "from the customer with the lower score (AUC): 0.5 is guessing, 1 is perfect.",
    )
    auc_over_30 = fields.Float(
        string="Ranking over 30 days",
        digits=(4, 3),
        readonly=True,
        help="The same for payments more than 30 days late.",
    )
    is_rising = fields.Boolean(
        string="Late rate rises with every grade",
        readonly=True,
    )
    line_ids = fields.One2many("sale.collection.backtest.line", "backtest_id")

    # === DEFAULTS AND CHECKS ===#

    @api.model
    def _get_default_cut(self):
        """Return the last day of the fourth month before: its outcomes are known."""
        today = self.env.company.root_id._collection_today()
        first = start_of(fields.Date.subtract(today, months=4), "month")
        return fields.Date.subtract(first, days=1)

    @api.depends("cut")
    def _compute_until(self):
        for backtest in self.filtered("cut"):
            backtest.until = fields.Date.add(backtest.cut, months=2)

    @api.constrains("cut", "until")
    def _check_dates(self):
        for backtest in self:
            today = backtest.company_id._collection_today()
            if not backtest.cut < backtest.until <= today:
                raise ValidationError(
                    self.env._(
                        "'Test until' must be after 'Known until' and not in the "
                        "future."
                    )
                )

    # === ACTIONS ===#

    def action_run(self):
        """Measure the scorecard and show the result."""
        self.ensure_one()
        self.scorecard_id._check_usable()
        verdicts = self._judge_past()
        seen, dropped = self._observe()
        self.line_ids.unlink()
        self.write(self._prepare_result(verdicts, seen, dropped))
        return self._get_records_action(
            name=self.env._("Back-test of %(name)s", name=self.scorecard_id.name)
        )

    # === MEASURE ===#

    def _judge_past(self):
        """Return {partner id: Verdict} as it would have been on the cut date."""
        past = self.env["sale.collection.past"].sudo()
        factors = past._collect_past_factors(self.company_id, self.cut)
        grades = self.env["sale.collection.grade"]._get_grades(self.company_id)
        cases = {key: Case(facts, settled) for key, (facts, settled) in factors.items()}
        return self.scorecard_id._judge_cases(cases, grades)

    def _observe(self):
        """Return [(partner id, Outcome)] of the window, and how many are not known."""
        today = self.company_id._collection_today()
        past = self.env["sale.collection.past"].sudo()
        rows = past._collect_outcomes(self.company_id, self.cut, self.until)
        found = [(partner, observe(due, paid, today)) for partner, due, paid in rows]
        seen = [(partner, outcome) for partner, outcome in found if outcome]
        return seen, len(found) - len(seen)

    def _prepare_result(self, verdicts, seen, dropped):
        """Return the values of the result.

        :param verdicts: {partner id: Verdict}
        :param seen: [(partner id, Outcome)] of the invoices with a known outcome
        :param dropped: number of invoices without one
        """
        scored = [
            (-verdicts[partner].points, outcome)
            for partner, outcome in seen
            if partner in verdicts and verdicts[partner].points is not None
        ]
        risks = [risk for risk, _outcome in scored]
        lines = self._prepare_lines(verdicts, seen)
        graded = [line for line in lines if not line.pop("is_new")]
        return {
            "invoice_count": len(seen),
            "dropped_count": dropped,
            "late_count": sum(outcome.late for _partner, outcome in seen),
            "auc_late": auc(risks, [o.late for _r, o in scored]) or 0.0,
            "auc_over_30": auc(risks, [o.over_30 for _r, o in scored]) or 0.0,
            "is_rising": len(graded) > 1
            and is_rising([line["late_rate"] for line in graded]),
            "line_ids": [Command.create(line) for line in lines],
        }

    def _prepare_lines(self, verdicts, seen):
        """Return the result of each grade that met an invoice, best grade first."""
        grades = self.env["sale.collection.grade"]._get_grades(self.company_id)
        new = grades.filtered("is_new")[:1]
        outcomes, customers = defaultdict(list), defaultdict(set)
        for partner, outcome in seen:
            verdict = verdicts.get(partner)
            grade_id = verdict.grade_id if verdict else new.id
            outcomes[grade_id].append(outcome)
            customers[grade_id].add(partner)
        return [
            {
                "grade_id": grade.id,
                "is_new": grade.is_new,
                "customer_count": len(customers[grade.id]),
                "invoice_count": len(outcomes[grade.id]),
                "late_rate": _share(outcome.late for outcome in outcomes[grade.id]),
                "over_30_rate": _share(o.over_30 for o in outcomes[grade.id]),
            }
            for grade in grades
            if grade.id in outcomes
        ]


class SaleCollectionBacktestLine(models.TransientModel):
    """What then happened with the invoices to customers of one grade."""

    _name = "sale.collection.backtest.line"
    _description = "Back-test of a grade"
    _inherit = ["sale.collection.titled"]
    _order = "id"
    _rec_name = "grade_id"
    _transient_max_hours = 12

    backtest_id = fields.Many2one(
        "sale.collection.backtest", required=True, ondelete="cascade", index=True
    )
    grade_id = fields.Many2one(
        "sale.collection.grade", required=True, readonly=True, ondelete="cascade"
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    invoice_count = fields.Integer(string="Instalments", readonly=True)
    late_rate = fields.Float(string="Paid late", readonly=True, aggregator="avg")
    over_30_rate = fields.Float(
        string="Over 30 days late", readonly=True, aggregator="avg"
    )


def _share(hits):
    hits = list(hits)
    return sum(hits) / len(hits)
