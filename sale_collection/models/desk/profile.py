from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

CHIP = Markup(
    '<span class="badge rounded-pill text-bg-light border me-1">%s <b>+%s</b></span>'
)
WORK_ORDER = "priority desc, amount_overdue desc, id"


class SaleCollectionProfile(models.Model):
    """How urgent work on a customer is today, and why."""

    _inherit = "sale.collection.profile"

    priority = fields.Integer(
        readonly=True,
        copy=False,
        index=True,
        aggregator="max",
        help="Points of all work rules that apply today. 0: nothing to do.",
    )
    work_hits = fields.Json(readonly=True, copy=False, export_string_translation=False)
    work_reasons = fields.Html(
        string="Why",
        compute="_compute_work_reasons",
        sanitize=False,
        help="The rules that apply, with their points.",
    )
    work_rule_ids = fields.Many2many(
        "sale.collection.work.rule",
        string="Rules that apply",
        compute="_compute_work_rule_ids",
        search="_search_work_rule_ids",
    )
    next_action_date = fields.Date(
        string="Next step on",
        readonly=True,
        copy=False,
        help="The day agreed in the last talk, or that of the next reminder if sooner.",
    )

    is_my_work = fields.Boolean(
        string="My work", compute="_compute_is_work", search="_search_is_my_work"
    )
    is_team_work = fields.Boolean(
        string="My team's work",
        compute="_compute_is_work",
        search="_search_is_team_work",
    )

    # === COMPUTE ===#

    @api.depends("work_hits")
    @api.depends_context("lang")
    def _compute_work_reasons(self):
        known = {rule.id: rule for rule in self._get_hit_rules()}
        for profile in self:
            hits = sorted(profile.work_hits or (), key=lambda hit: -hit[1])
            profile.work_reasons = Markup().join(
                CHIP % (profile._describe_hit(known[rule_id], value), points)
                for rule_id, points, value in hits
                if rule_id in known
            )

    def _get_hit_rules(self):
        """Return the rules that apply to any of these customers and still exist."""
        rules = self.env["sale.collection.work.rule"].sudo()
        hit_ids = {hit[0] for profile in self for hit in profile.work_hits or ()}
        return rules.browse(sorted(hit_ids)).exists()

    def _describe_hit(self, rule, value):
        """Return a rule that applies with its value: `Overdue 1,200.00 $`."""
        if rule.unit == "amount":
            amount = formatLang(self.env, value, currency_obj=self.currency_id)
            return f"{rule.name} {amount}"
        if not (rule.unit and value):
            return rule.name
        number = formatLang(self.env, value, digits=0)
        if rule.unit == "percent":
            return f"{rule.name} {number} %"
        if value == 1:
            return self.env._("%(rule)s 1 day", rule=rule.name)
        return self.env._("%(rule)s %(days)s days", rule=rule.name, days=number)

    @api.depends("work_hits")
    def _compute_work_rule_ids(self):
        known = set(self._get_hit_rules()._ids)
        for profile in self:
            hit_ids = known.intersection(hit[0] for hit in profile.work_hits or ())
            profile.work_rule_ids = list(hit_ids)

    @api.model
    def _search_work_rule_ids(self, operator, value):
        rules = self.env["sale.collection.work.rule"]
        if operator in ("any", "any!"):
            value = rules._search(value) if isinstance(value, Domain) else value
        elif operator != "in":
            return NotImplemented
        query = SQL(
            """(SELECT profile.id
                  FROM sale_collection_profile profile
            CROSS JOIN LATERAL JSONB_ARRAY_ELEMENTS(profile.work_hits) hit
                 WHERE profile.priority > 0 AND (hit->>0)::int = ANY(%s))""",
            [rule_id for rule_id in value if rule_id],
        )
        return [("id", "in", query)]

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_work(self):
        mine, team = self._get_my_users(), self._get_team_users()
        for profile in self:
            profile.is_my_work = profile.user_id in mine
            profile.is_team_work = profile.user_id in team

    @api.model
    def _search_is_my_work(self, operator, value):
        return self._search_users(operator, value, self._get_my_users())

    @api.model
    def _search_is_team_work(self, operator, value):
        return self._search_users(operator, value, self._get_team_users())

    @api.model
    def _search_users(self, operator, value, users):
        if operator != "in":
            return NotImplemented
        return [("user_id", "in" if True in value else "not in", users.ids)]

    @api.model
    def _get_my_users(self):
        """Return the user and those the user stands in for."""
        user = self.env.user
        return user | user.browse(user._collection_get_represented_query())

    @api.model
    def _get_team_users(self):
        """Return the members of the sales teams the user leads or belongs to."""
        user = self.env.user
        teams = self.env["crm.team"].sudo()
        teams = teams.search(
            ["|", ("user_id", "=", user.id), ("member_ids", "in", user.ids)]
        )
        return teams.member_ids | teams.user_id | user

    @api.model
    def get_next_work(self, profile_id, listed_ids):
        """Return whom to call after a customer, in the order of the list.

        Whoever was passed over comes again at the end; whoever was spoken to, or is
        done with for other reasons, does not.

        :param int profile_id: the customer at hand
        :param list listed_ids: the list they were opened from; that of the user's own
            customers when it holds nobody else
        :return: id of a profile; False when nobody is left
        """
        waiting = [("priority", ">", 0), ("id", "!=", profile_id)]
        if not set(listed_ids) - {profile_id}:
            mine = [*waiting, ("is_my_work", "=", True)]
            return self.search(mine, order=WORK_ORDER, limit=1).id
        here = listed_ids.index(profile_id) if profile_id in listed_ids else 0
        left = set(self.search([*waiting, ("id", "in", listed_ids)])._ids)
        ahead = [*listed_ids[here:], *listed_ids[:here]]
        return next((number for number in ahead if number in left), False)

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: after all that the order of work goes by
        return [*super()._get_touched_steps(), (70, "_rank_work")]

    def _rank_work(self, today=None):
        """Bring the order of work up to date; on no record that of every customer.

        :param date today: the company's own today when left out
        :return: number of profiles written
        """
        desk = self.env["sale.collection.desk"].sudo()
        written = 0
        for company, profiles in self._by_company():
            day = today or company._collection_today()
            written += desk._rank(company, day, profiles or None)
        return written
