from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import period


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

    is_own = fields.Boolean(
        compute="_compute_is_own",
        search="_search_is_own",
        export_string_translation=False,
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

    @api.depends_context("uid")
    @api.depends("user_id", "team_id")
    def _compute_is_own(self):
        own = self.search([("id", "in", self.ids), ("is_own", "=", True)])
        for target in self:
            target.is_own = target in own

    @api.model
    def _search_is_own(self, operator, value):
        """Search the targets one has, those of one's teams and of those one leads."""
        if operator != "in":
            return NotImplemented
        uid = self.env.uid
        own = Domain("user_id", "=", uid)
        own |= Domain("team_id.crm_team_member_ids.user_id", "=", uid)
        own |= Domain("team_id.user_id", "=", uid)
        own |= Domain("user_id.sale_team_id.user_id", "=", uid)
        return own if True in value else ~own

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
            SQL("(%s, %s::date)", *pair)
            for pair in companies._collection_todays().items()
        )
        # One query by owner each: with OR every receipt would meet every target.
        parts = SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT target.id, receipt.amount
                  FROM sale_collection_target target
                  JOIN res_company owner ON owner.id = target.company_id
                  JOIN (VALUES %(todays)s) AS clock (company_id, today)
                    ON clock.company_id = owner.id
                  JOIN sale_collection_receipt receipt
                    ON receipt.%(owner)s = target.%(owner)s AND receipt.kind = 'cash'
                   AND receipt.date BETWEEN target.date_from
                                        AND LEAST(target.date_to, clock.today)
                  JOIN res_company own ON own.id = receipt.company_id
                   AND STARTS_WITH(own.parent_path, owner.parent_path)
                 WHERE target.id = ANY(%(ids)s)
                """,
                todays=todays,
                owner=SQL.identifier(owner),
                ids=self._origin.ids,
            )
            for owner in ("user_id", "team_id")
        )
        return dict(
            self.env.execute_query(
                SQL("SELECT id, SUM(amount) FROM (%s) part GROUP BY id", parts)
            )
        )

    # === CHECKS ===#

    @api.constrains("company_id", "user_id", "team_id", "date_from", "date_to")
    def _check_overlap(self):
        self.flush_model(["company_id", "user_id", "team_id", "date_from", "date_to"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT target.id, rival.id
                  FROM sale_collection_target target
                  JOIN sale_collection_target rival
                    ON rival.id <> target.id AND rival.company_id = target.company_id
                   AND rival.user_id IS NOT DISTINCT FROM target.user_id
                   AND rival.team_id IS NOT DISTINCT FROM target.team_id
                   AND rival.date_from <= target.date_to
                   AND rival.date_to >= target.date_from
                 WHERE target.id = ANY(%s)
                 LIMIT 1
                """,
                self.ids,
            )
        )
        for target, rival in map(self.browse, rows):
            raise ValidationError(
                self.env._(
                    "From: %(target)s and %(rival)s overlap. Change the days of one of "
                    "them.",
                    target=target.sudo().display_name,
                    rival=rival.sudo().display_name,
                )
            )

    # === ON TODAY ===#

    @api.model
    def read_progress(self):
        """Return the targets of the user that run today, as plain values.

        Those of their teams, as members or leaders, where they have none of their own.
        """
        company = self.env.company
        today = company._collection_todays()[company.id]
        running = Domain("company_id", "parent_of", company.id)
        running &= Domain("date_from", "<=", today) & Domain("date_to", ">=", today)
        mine = Domain("user_id", "=", self.env.uid)
        team = Domain("team_id", "!=", False) & Domain("is_own", "=", True)
        targets = self.search(running & mine) or self.search(running & team)
        return [target._prepare_progress(today) for target in targets]

    def _prepare_progress(self, today):
        """Return what the bar above Today shows of a target.

        `percent` is the part collected, above 100 for more than the target; `elapsed`
        that of the days gone, 0-100.
        """
        self.ensure_one()
        days = (self.date_to - self.date_from).days + 1
        gone = (today - self.date_from).days + 1
        return {
            "id": self.id,
            "owner": self.team_id.sudo().name or "",
            "text": self.env._(
                "%(collected)s of %(target)s collected, %(days)s days left",
                collected=self.currency_id.format(self.collected),
                target=self.currency_id.format(self.amount),
                days=days - gone,
            ),
            "percent": max(0, round(self.attainment)),
            "elapsed": round(100 * gone / days),
        }

    # === ACTIONS ===#

    def action_copy_to_next(self):
        """Set the same targets for the period that follows."""
        bounds = [
            period.next_bounds(target.date_from, target.date_to) for target in self
        ]
        return self._copy_to(bounds, self.env._("Next targets"))

    def action_copy_from_last(self):
        """Set what was set last for the period of today.

        For each rep and team whose latest target is over, whatever is selected.

        :raise UserError: there is none
        """
        todays = self.env.companies._collection_todays()
        known = self.search(
            [("company_id", "in", self.env.companies.ids)], order="date_to, id"
        )
        latest = {
            (target.company_id, target.user_id, target.team_id): target
            for target in known
        }
        over = self.browse(
            target.id
            for target in latest.values()
            if target.date_to < todays[target.company_id.id]
            and (target.team_id or target.user_id.sudo().active)
        )
        if not over:
            raise UserError(
                self.env._(
                    "There is nothing to copy: no target is over whose rep or team "
                    "has none for today or later."
                )
            )
        bounds = [
            period.bounds_at(
                target.date_from, target.date_to, todays[target.company_id.id]
            )
            for target in over
        ]
        return over._copy_to(bounds, self.env._("Targets copied"))

    def _copy_to(self, bounds, name):
        """Copy targets, each to its first and last day, and show the copies."""
        vals_list = []
        for target, (first, last) in zip(self, bounds, strict=True):
            vals_list += target.copy_data({"date_from": first, "date_to": last})
        return self.create(vals_list)._get_records_action(name=name)

    def action_open_money(self):
        """Show the money a target counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        owner = "user_id" if self.user_id else "team_id"
        today = self.company_id._collection_todays()[self.company_id.id]
        domain = [
            ("kind", "=", "cash"),
            ("company_id", "child_of", self.company_id.id),
            ("date", ">=", self.date_from),
            ("date", "<=", min(self.date_to, today)),
            (owner, "=", self[owner].id),
        ]
        return {**action, "domain": domain}
