from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.risk import FACTORS, HOLIDAY, NO_ODDS, OWN_DAYS, Step

QUESTIONS = [
    ("late", "Paid after the due date"),
    ("over_30", "Paid over 30 days late"),
]
FACTS = [
    (OWN_DAYS, "The customer's own record of such days"),
    ("due_day", "Weekday of the due date"),
    ("same_due_count", "Due together"),
    ("paid_count", "Payments known of the customer"),
    ("recent_days_late", "The customer's latest payments"),
    ("amount_ratio", "Amount against the customer's usual one"),
]


class SaleCollectionOdds(models.Model):
    """What a fact multiplies the odds of a late payment by, learnt from the ledger.

    Written once a month by the nightly run, for each root company its own. A fact
    that has no row leaves the odds as they are: there is too little to learn from, or
    it makes no difference here.
    """

    _name = "sale.collection.odds"
    _inherit = ["sale.collection.code.written"]
    _description = "Learnt odds of late payment"
    _order = "company_id, question, id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    question = fields.Selection(QUESTIONS, required=True, readonly=True)
    fact = fields.Selection(FACTS, required=True, readonly=True)
    lower = fields.Float(
        readonly=True,
        export_string_translation=False,
        help="From where on the fact is this case.",
    )
    name = fields.Char(string="Case", compute="_compute_words")
    times = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator=None,
        help="What the odds are multiplied by. 1 changes nothing, 2 doubles them: late "
        "on 1 of 3 becomes late on 1 of 2.",
    )
    effect = fields.Char(string="What it does to the odds", compute="_compute_words")
    case_count = fields.Integer(
        string="Cases",
        readonly=True,
        aggregator=None,
        help="Instalments it was learnt from.",
    )
    hit_count = fields.Integer(
        string="Came true",
        readonly=True,
        aggregator=None,
        help="Those of them that were paid so late.",
    )
    learnt_on = fields.Date(
        string="Learnt on", readonly=True, help="Learnt anew every month."
    )

    # === COMPUTE ===#

    @api.depends("fact", "lower", "times")
    @api.depends_context("lang")
    def _compute_words(self):
        for odds in self:
            odds.name = odds._describe_case()
            odds.effect = odds._describe_effect()

    def _describe_case(self):
        """Return in words the case in which these odds count."""
        if self.fact == "due_day":
            return self._describe_due_day(int(self.lower))
        if self.fact in ("same_due_count", "paid_count"):
            return self._describe_count(*self._get_span())
        return {
            OWN_DAYS: self.env._("Every instalment, by the weekday it is due on"),
            "recent_days_late": self.env._("For every 10 days they came late"),
            "amount_ratio": self.env._("For every doubling of the amount"),
        }[self.fact]

    @api.model
    def _describe_due_day(self, day):
        """Return in words the day an instalment is due on; 0 is Monday."""
        if day == HOLIDAY:
            return self.env._("due on a holiday")
        weekdays = self.env["sale.collection.profile"]._fields["payment_weekday"]
        names = dict(weekdays._description_selection(self.env))
        return self.env._("due on a %(weekday)s", weekday=names[str(day)])

    def _get_span(self):
        """Return the first and the last count of this case; None is open end."""
        first = int(self.lower)
        bounds = FACTORS[self.question][self.fact]
        after = [bound for bound in bounds if bound > first]
        return first, min(after) - 1 if after else None

    def _describe_count(self, first, last):
        """Return in words how many are due together, or were paid so far."""
        if last is None:
            span = self.env._("%(first)s or more", first=first)
        else:
            span = (
                str(first)
                if first == last
                else self.env._("%(first)s to %(last)s", first=first, last=last)
            )
        if self.fact == "same_due_count":
            return self.env._("%(count)s due that day", count=span)
        return self.env._("%(count)s payments known", count=span)

    def _describe_effect(self):
        if self.fact == OWN_DAYS:
            return self.env._("its share of such days in place of all days")
        return self.env._("times %(times)s", times=f"{self.times:.2f}")

    # === ACTIONS ===#

    @api.model
    def action_learn_now(self):
        """Learn from the ledger of the current company as it stands.

        :raise AccessError: the user is no manager
        """
        if not self.env.user.has_group("sale_collection.group_manager"):
            raise AccessError(self.env._("Only managers have the odds learnt anew."))
        company = self.env.company.sudo().root_id
        today = company._collection_today()
        self.env["sale.collection.learning"].sudo()._learn(company, today, anew=True)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # === READ AND STORE ===#

    @api.model
    def _get_odds(self, company):
        """Return what a root company has learnt, as `tools.risk.Odds`."""
        odds = {question: {} for question in NO_ODDS}
        for row in self.sudo().search([("company_id", "=", company.id)]):
            step = Step(row.lower, row.times, row.case_count, row.hit_count)
            steps = odds[row.question].setdefault(row.fact, ())
            odds[row.question][row.fact] = (*steps, step)
        return odds

    @api.model
    def _store_odds(self, company, odds, today):
        """Put what was learnt in the place of what a root company knew."""
        self.search([("company_id", "=", company.id)]).unlink()
        return self.create(
            [
                {
                    "company_id": company.id,
                    "question": question,
                    "fact": fact,
                    "lower": step.lower,
                    "times": step.times,
                    "case_count": step.cases,
                    "hit_count": step.hits,
                    "learnt_on": today,
                }
                for question, facts in odds.items()
                for fact, steps in facts.items()
                for step in steps
            ]
        )
