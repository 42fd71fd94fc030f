from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sale_collection.tools import period


class SaleCollectionTarget(models.Model):
    """What a rep or a team is to collect in a period; reached by money collected."""

    _name = "sale.collection.target"
    _description = "Collection target"
    _inherit = ["mail.thread"]
    _order = "date_from desc, team_id, user_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Rep",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales team",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        tracking=True,
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._get_default_bound(0),
        tracking=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._get_default_bound(1),
        tracking=True,
    )
    amount = fields.Monetary(string="Target", required=True, tracking=True)
    collected = fields.Monetary(
        compute="_compute_collected",
        help="Money received in the period on invoices of the rep or team.",
    )
    gap = fields.Monetary(string="Still to collect", compute="_compute_collected")
    attainment = fields.Float(
        string="Reached (%)",
        compute="_compute_collected",
        digits=(16, 1),
        aggregator=None,
    )

    _one_owner = models.Constraint(
        "CHECK(num_nonnulls(user_id, team_id) = 1)",
        "Target: choose a rep or a sales team, one of them.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Target: enter an amount above zero."
    )
    _valid_period = models.Constraint(
        "CHECK(date_to >= date_from)", "To: a target cannot end before it begins."
    )

    @api.model
    def _get_default_bound(self, position):
        return period.month_bounds(self.env.company._collection_today())[position]

    # === COMPUTE ===#

    @api.depends("user_id", "team_id", "date_from", "date_to")
    def _compute_display_name(self):
        for target in self:
            owner = target.user_id.name or target.team_id.name or ""
            target.display_name = f"{owner} {target.date_from} - {target.date_to}"

    @api.depends("user_id", "team_id", "date_from", "date_to", "amount", "company_id")
    def _compute_collected(self):
        collected = self._collect_money()
        for target in self:
            target.collected = collected.get(target._origin.id, 0.0)
            target.gap = max(target.amount - target.collected, 0.0)
            target.attainment = (
                100 * target.collected / target.amount if target.amount else 0.0
            )

    def _collect_money(self):
        """Return {target id: money received until today}, in company currency."""
        self.env["sale.collection.receipt"].flush_model()
        self.flush_model()
        companies = self._origin.company_id.sudo()
        if not companies:
            return {}
        todays = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._collection_today())
            for company in companies
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT target.id, SUM(receipt.amount)
                  FROM sale_collection_target target
                  JOIN res_company owner ON owner.id = target.company_id
                  JOIN (VALUES %s) AS clock (company_id, today)
                    ON clock.company_id = owner.id
                  JOIN res_company own ON own.parent_path LIKE owner.parent_path || '%%'
                  JOIN sale_collection_receipt receipt
                    ON receipt.company_id = own.id AND receipt.kind = 'cash'
                   AND receipt.date BETWEEN target.date_from
                                        AND LEAST(target.date_to, clock.today)
                   AND (receipt.user_id = target.user_id
                        OR receipt.team_id = target.team_id)
                 WHERE target.id = ANY(%s)
                 GROUP BY target.id
                """,
                todays,
                self._origin.ids,
            )
        )
        return dict(rows)

    # === CHECKS ===#

    @api.constrains("company_id", "user_id", "team_id", "date_from", "date_to")
    def _check_overlap(self):
        for target in self:
            rival = self.search(
                Domain(
                    [
                        ("id", "!=", target.id),
                        ("company_id", "=", target.company_id.id),
                        ("user_id", "=", target.user_id.id),
                        ("team_id", "=", target.team_id.id),
                        ("date_from", "<=", target.date_to),
                        ("date_to", ">=", target.date_from),
                    ]
                ),
                limit=1,
            )
            if rival:
                raise ValidationError(
                    self.env._(
                        "From: %(target)s and %(rival)s overlap. Change the days of "
                        "one of them.",
                        target=target.display_name,
                        rival=rival.display_name,
                    )
                )

    # === FACTS FOR TIERS ===#

    @api.model
    def _collect_goals(self, plans, rows):
        """Return (target, collected) for each row of a plan, earner and period.

        The rep's own targets inside the period, else the team's, else zeros.
        """
        by_target = plans.filtered(lambda plan: plan.tier_basis == "attainment")
        targets = self.search([("company_id", "in", by_target.company_id.ids)])
        by_rep = targets.filtered("user_id").grouped("user_id")
        by_team = targets.filtered("team_id").grouped("team_id")
        users = self.env["res.users"]
        goals = []
        for row in rows:
            plan, user = plans.browse(row["plan_id"]), users.browse(row["user_id"])
            first, last = period.bounds(plan.period, row["date_from"])
            candidates = (by_rep.get(user), by_team.get(user.sudo().sale_team_id))
            inside = [
                (found or self).filtered(
                    lambda goal, bounds=(first, last), plan=plan: (
                        bounds[0] <= goal.date_from
                        and goal.date_to <= bounds[1]
                        and goal.company_id == plan.company_id
                    )
                )
                for found in candidates
            ]
            goal = inside[0] or inside[1]
            goals.append((sum(goal.mapped("amount")), sum(goal.mapped("collected"))))
        return goals

    # === ACTIONS ===#

    def action_copy_to_next(self):
        """Set the same targets for the period that follows."""
        copies = self.browse()
        for target in self:
            copies |= target.copy(target._get_next_bounds())
        return copies._get_records_action(name=self.env._("Next targets"))

    def _get_next_bounds(self):
        """Return the days of the period that follows: as many months, else days."""
        self.ensure_one()
        first = fields.Date.add(self.date_to, days=1)
        months = (first.year - self.date_from.year) * 12
        months += first.month - self.date_from.month
        if months and first.day == self.date_from.day:
            after = fields.Date.add(first, months=months)
        else:
            after = fields.Date.add(first, days=(first - self.date_from).days)
        return {"date_from": first, "date_to": fields.Date.subtract(after, days=1)}

    def action_open_money(self):
        """Show the money a target counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        owner = "user_id" if self.user_id else "team_id"
        domain = [
            ("kind", "=", "cash"),
            ("company_id", "child_of", self.company_id.id),
            ("date", ">=", self.date_from),
            ("date", "<=", min(self.date_to, self.company_id._collection_today())),
            (owner, "=", self[owner].id),
        ]
        return {**action, "domain": domain}
