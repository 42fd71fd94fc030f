from collections.abc import Collection

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.models.core.sql import root_company_sql
from odoo.addons.sale_collection.tools.promise import ask, expected

from .rate import PIECES_DEPEND

# Figures of a target that add up over its customers.
FIGURES = ("due", "collected", "unapplied", "promised", "expected")
# Rows of a target have ids of their own: that of the target times this.
ID_SPAN = 2**25
# Of a team there are two rows for each customer: in all, and without what reps have.
PARTS = [
    ("rep", "Rep"),
    ("team", "Team"),
    ("rest", "Rest of the team"),
    ("whole", "Team with its reps"),
]
# What of a target is all of it.
ALL_OF_IT = ("rep", "whole")


class SaleCollectionTargetCustomer(models.Model):
    """What targets are made of: one row for each target and customer.

    The row without a customer has what is set for nobody by name. The sums of the rows
    in `ALL_OF_IT` are the figures of a target; all other rows add up to those of the
    company. What is due and what is collected are the pieces that rates of collection
    divide.
    """

    _name = "sale.collection.target.customer"
    _inherit = ["sale.collection.one.currency"]
    _description = "Target by customer"
    _auto = False
    _order = "collectable desc, coming desc, id"
    _rec_name = "partner_id"
    _depends = {
        **PIECES_DEPEND,
        "res.users": ["sale_team_id"],
        "sale.collection.dispute": ["company_id", "credit_note_id", "state"],
        "sale.collection.dispute.line": ["amount", "dispute_id", "line_id"],
        "sale.collection.profile": [
            *("amount_collectable", "amount_disputed", "amount_overdue"),
            *("amount_promised", "amount_unapplied", "excluded", "partner_id"),
            "user_id",
        ],
        "sale.collection.promise": ["date", "kind", "state", "next_date"],
        "sale.collection.promise.allocation": ["amount", "is_live", "line_ref"],
        "sale.collection.promise.line": ["amount", "amount_received", "date", "state"],
        "sale.collection.target": [
            *("amount", "company_id", "date_from", "date_to", "team_id", "user_id")
        ],
        "sale.collection.target.line": ["amount", "partner_id", "target_id"],
    }

    target_id = fields.Many2one(
        "sale.collection.target", string="Whole target", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Rep", readonly=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales team",
        readonly=True,
        help="That of the target, else that of its rep.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    part = fields.Selection(
        PARTS,
        string="Part of the total",
        readonly=True,
        help="Rest of the team: its target less those of its reps, never below zero, "
        "and the money that is in no target of a rep. It adds up with the targets of "
        "reps; a team with its reps is all of both, and in no total.",
    )
    # So is a rep's that is over, while that of the team it is part of runs
    is_running = fields.Boolean(string="Running today", readonly=True)
    amount = fields.Monetary(string="Target", readonly=True)
    due = fields.Monetary(
        readonly=True,
        help="Instalments that fall due in the period, less credit notes on them.",
    )
    collected = fields.Monetary(
        readonly=True, help="Money of the period matched to invoices."
    )
    unapplied = fields.Monetary(
        string="Not matched yet",
        readonly=True,
        help="Money of the period matched to no invoice. It counts as collected once "
        "it is.",
    )
    promised = fields.Monetary(
        readonly=True, help="What live promises for the period are still to bring."
    )
    expected = fields.Monetary(
        readonly=True,
        help="What is promised, times the reliability of each customer's promises.",
    )
    gap_promised = fields.Monetary(
        string="Gap against promised",
        readonly=True,
        help="Target less collected and promised. Negative: more than the target.",
    )
    gap_expected = fields.Monetary(
        string="Gap against expected",
        readonly=True,
        help="Target less collected and expected. Negative: more than the target.",
    )
    collectable = fields.Monetary(
        readonly=True,
        help="Overdue and neither disputed, nor promised, nor covered by money not "
        "matched yet. Of targets that are not over.",
    )
    coming = fields.Monetary(
        string="Falling due",
        readonly=True,
        help="Due from today to the end of the target and neither disputed, nor "
        "promised, nor covered by money not matched yet.",
    )

    reliability = OptionalFloat(
        compute="_compute_ask",
        aggregator=None,
        help="Part of a promised amount to count on. Empty while nothing is known.",
    )
    ask_amount = fields.Monetary(
        string="Ask for",
        compute="_compute_ask",
        help="So much that this customer alone closes the gap against expected, going "
        "by how it bargains and keeps promises; at most what is collectable and what "
        "falls due.",
    )
    ask_expected = fields.Monetary(
        string="Would bring",
        compute="_compute_ask",
        help="What to expect of asking for that.",
    )

    # === COMPUTE ===#

    @api.depends("partner_id", "target_id", "collectable", "coming")
    def _compute_ask(self):
        profiles = self._get_profiles()
        trust = self.env["sale.collection.profile"].union(*profiles.values())
        trust = trust.sudo()._get_promise_trust()
        for row in self:
            found = trust.get(profiles[row].id, {})
            reliability = found.get("reliability")
            bargaining = found.get("bargaining")
            gap = max(row.target_id.sudo().gap_expected, 0.0)
            limit = row.collectable + row.coming
            asked = ask(gap, reliability, bargaining, limit) if gap else 0.0
            brought = expected(asked, reliability)
            row.reliability = reliability
            row.ask_amount = asked
            row.ask_expected = brought * (1.0 if bargaining is None else bargaining)

    def _get_profiles(self):
        """Return {row: its credit profile}, an empty one where there is none."""
        roots = {row: row.company_id.sudo().root_id for row in self}
        profiles = self.env["sale.collection.profile"]
        found = profiles.sudo().search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", [root.id for root in roots.values()]),
            ]
        )
        known = {(one.company_id, one.partner_id): one.sudo(False) for one in found}
        return {
            row: known.get((roots[row], row.partner_id), profiles)
            for row in self.sudo()
        }

    # === QUERY ===#

    @api.model
    def _search(self, domain, *args, **kwargs):
        # EXTENDS base: an id says its target, and no other one has to be worked out
        return super()._search(
            Domain(domain).map_conditions(_name_target), *args, **kwargs
        )

    @property
    def _table_query(self):
        companies = self._get_companies()
        targets = self.env["sale.collection.target"]
        return SQL(
            """
            SELECT total.target_id::bigint * %(span)s + COALESCE(total.partner_id, 0)
                       + CASE WHEN total.is_rest THEN %(span)s / 2 ELSE 0 END AS id,
                   total.target_id, total.partner_id, total.amount, total.collectable,
                   ROUND(total.coming, currency.decimal_places) AS coming, figure.*,
                   target.company_id, company.currency_id, target.user_id,
                   COALESCE(target.team_id, rep.sale_team_id) AS team_id,
                   target.date_from, target.date_to,
                   CASE WHEN target.team_id IS NULL THEN 'rep'
                        WHEN NOT total.is_rest THEN 'whole'
                        WHEN target.id IN (SELECT whole_id FROM (%(shared)s) shared)
                        THEN 'rest' ELSE 'team' END AS part,
                   target.id IN (%(running)s) AS is_running,
                   total.amount - figure.collected - figure.promised AS gap_promised,
                   total.amount - figure.collected - figure.expected AS gap_expected
              FROM (SELECT target_id, partner_id, side.is_rest,
                           SUM(amount) AS amount, MAX(collectable) AS collectable,
                           MAX(coming)::numeric AS coming, %(sums)s
                      FROM (%(parts)s) part
                      JOIN (VALUES (FALSE), (TRUE)) AS side (is_rest)
                        ON part.is_rest OR NOT side.is_rest
                     GROUP BY target_id, partner_id, side.is_rest) total
              JOIN sale_collection_target target ON target.id = total.target_id
              JOIN res_company company ON company.id = target.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
         LEFT JOIN res_users rep ON rep.id = target.user_id
        CROSS JOIN LATERAL (SELECT %(figures)s) figure
            """,
            span=ID_SPAN,
            shared=targets._get_shared_sql(),
            running=targets._get_running_sql(companies),
            sums=SQL(", ").join(
                SQL("SUM(%(name)s)::numeric AS %(name)s", name=SQL.identifier(name))
                for name in FIGURES
            ),
            figures=SQL(", ").join(
                SQL(
                    "ROUND(total.%(name)s, currency.decimal_places) AS %(name)s",
                    name=SQL.identifier(name),
                )
                for name in FIGURES
            ),
            parts=self._get_parts_sql(companies),
        )

    @api.model
    def _get_companies(self):
        """Return the companies of the user with all their branches."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return companies.search([("id", "child_of", self.env.companies.ids)])

    @api.model
    def _get_parts_sql(self, companies):
        """Select parts of targets by customer: amounts set, figures, collectable."""
        days = self.env["sale.collection.rate"]._get_days_sql(companies)
        pieces = self._get_pieces_sql(companies, days)
        return SQL(" UNION ALL ").join(
            (
                self._get_amounts_sql(),
                self._get_figures_sql(pieces, "user_id"),
                self._get_figures_sql(pieces, "team_id"),
                self._get_collectable_sql(companies, days),
            )
        )

    @api.model
    def _get_amounts_sql(self):
        """Select what is set by customer; all of it for nobody where nothing is.

        The rest of a team is for nobody by name: it is added there, and taken off the
        rest of its row in all.
        """
        return SQL(
            """
            SELECT target.id AS target_id, part.partner_id, part.is_rest, part.amount,
                   0.0 AS due, 0.0 AS collected, 0.0 AS unapplied, 0.0 AS promised,
                   0.0 AS expected, 0.0 AS collectable, 0.0 AS coming
              FROM sale_collection_target target
                   -- Worked out once, wherever it stands below
        CROSS JOIN LATERAL (SELECT %s AS amount OFFSET 0) reps
        CROSS JOIN LATERAL (
                SELECT line.partner_id,
                       target.team_id IS NOT NULL AND reps.amount IS NULL AS is_rest,
                       COALESCE(line.amount, target.amount) AS amount
                  FROM (VALUES (target.id)) AS whole (id)
             LEFT JOIN sale_collection_target_line line ON line.target_id = whole.id
                 UNION ALL
                SELECT NULL, side.is_rest,
                       side.sign * GREATEST(target.amount - reps.amount, 0)
                  FROM (VALUES (TRUE, 1), (FALSE, -1)) AS side (is_rest, sign)
                 WHERE reps.amount IS NOT NULL
                   ) part
            """,
            self.env["sale.collection.target"]._get_of_reps_sql(),
        )

    @api.model
    def _get_figures_sql(self, pieces, owner):
        """Select the pieces that fall into targets of one kind of owner."""
        return SQL(
            """
            SELECT target.id, piece.partner_id, mine.id IS NULL, 0.0, piece.due,
                   piece.collected, piece.unapplied, piece.promised, piece.expected,
                   0.0, 0.0
              FROM sale_collection_target target
              JOIN res_company company ON company.id = target.company_id
              JOIN (%(pieces)s) piece
                ON piece.%(owner)s = target.%(owner)s
               AND piece.date BETWEEN target.date_from AND target.date_to
              JOIN res_company own ON own.id = piece.company_id
               AND STARTS_WITH(own.parent_path, company.parent_path)
                   -- The target that counts it for its rep; this one, where it is one.
         LEFT JOIN sale_collection_target mine
                ON mine.user_id = piece.user_id
               AND mine.company_id = target.company_id
               AND piece.date BETWEEN mine.date_from AND mine.date_to
             WHERE target.%(owner)s IS NOT NULL
            """,
            pieces=pieces,
            owner=SQL.identifier(owner),
        )

    @api.model
    def _get_collectable_sql(self, companies, days):
        """Select what can be asked for now from customers of running targets.

        Those who collect from a customer or sell to it ask. What overdue debts do not
        need of claims and of money not matched is taken off what falls due.
        """
        return SQL(
            """
            SELECT target.id, profile.partner_id,
                   target.team_id IS NOT NULL AND NOT EXISTS (
                       SELECT FROM sale_collection_target mine
                        WHERE mine.user_id IN (customer.user_id, profile.user_id)
                          AND mine.company_id = target.company_id
                          AND mine.date_from <= target.date_to
                          AND mine.date_to >= GREATEST(target.date_from, day.today)),
                   0.0, 0.0, 0.0, 0.0, 0.0, 0.0, profile.amount_collectable,
                   GREATEST(0, COALESCE(SUM(item.amount), 0) + LEAST(
                       0, profile.amount_overdue - profile.amount_disputed
                       - profile.amount_promised - profile.amount_unapplied))
              FROM sale_collection_target target
              JOIN res_company company ON company.id = target.company_id
              JOIN %(days)s day ON day.company_id = target.company_id
              JOIN sale_collection_profile profile ON profile.company_id = %(root)s
               AND profile.excluded IS NOT TRUE
              JOIN res_partner customer ON customer.id = profile.partner_id
         LEFT JOIN res_users seller ON seller.id = customer.user_id
         LEFT JOIN res_users collector ON collector.id = profile.user_id
         LEFT JOIN (%(coming)s) item
                ON item.partner_id = profile.partner_id
               AND item.root_id = profile.company_id
               AND item.date_due <= target.date_to
             WHERE target.date_to >= day.today
               AND (profile.amount_collectable > 0 OR item.amount > 0)
               AND (target.user_id IN (customer.user_id, profile.user_id)
                    OR target.team_id
                       IN (seller.sale_team_id, collector.sale_team_id))
             GROUP BY target.id, day.today, profile.id, customer.id
            """,
            days=days,
            root=root_company_sql(),
            coming=self.env["sale.collection.open.item"]._get_coming_sql(companies),
        )

    # === PIECES OF FIGURES ===#

    @api.model
    def _get_pieces_sql(self, companies, days):
        """Select pieces of the figures, by company, customer, owner and day."""
        trust = self._get_trust_sql(companies)
        return SQL(
            """
            SELECT company_id, partner_id, user_id, team_id, date, due_amount AS due,
                   cash_amount AS collected, 0.0 AS unapplied, 0.0 AS promised,
                   0.0 AS expected
              FROM (%s) rate
             WHERE due_amount <> 0 OR cash_amount <> 0
             UNION ALL %s
             UNION ALL %s
             UNION ALL %s
            """,
            self.env["sale.collection.rate"]._get_pieces_sql(companies),
            self._get_unapplied_sql(companies),
            self._get_promised_sql(days, trust),
            self._get_standing_sql(days, trust),
        )

    @api.model
    def _get_unapplied_sql(self, companies):
        """Select money on no invoice, by the salesperson of its customer."""
        reconciliation = self.env["sale.collection.reconciliation"]
        return SQL(
            """
            SELECT line.company_id, owner.id, owner.user_id, rep.sale_team_id,
                   line.date, 0.0, 0.0, -line.residual, 0.0, 0.0
              FROM (%s) line
              JOIN account_move move ON move.id = line.move_id
               AND move.move_type = 'entry'
              JOIN res_partner customer ON customer.id = line.partner_id
              JOIN res_partner owner ON owner.id = customer.commercial_partner_id
         LEFT JOIN res_users rep ON rep.id = owner.user_id
             WHERE line.residual < 0 AND %s
            """,
            open_lines_of_sql(companies._collection_todays()),
            reconciliation._get_manual_money_condition("move"),
        )

    @api.model
    def _get_promised_sql(self, days, trust):
        """Select what promises on instalments still bring, on their day or today."""
        return SQL(
            """
            SELECT line.company_id, owner.id,
                   CASE move.move_type WHEN 'entry' THEN owner.user_id
                        ELSE move.invoice_user_id END,
                   move.team_id, GREATEST(part.day, day.today), 0.0, 0.0, 0.0,
                   part.amount, part.amount * COALESCE(trust.reliability, 1)
              FROM (%(parts)s) part
              JOIN account_move_line line ON line.id = part.line_id
              JOIN account_move move ON move.id = line.move_id
              JOIN %(days)s day ON day.company_id = line.company_id
              JOIN res_company company ON company.id = line.company_id
              JOIN res_partner customer ON customer.id = line.partner_id
              JOIN res_partner owner ON owner.id = customer.commercial_partner_id
         LEFT JOIN (%(trust)s) trust
                ON trust.partner_id = owner.id AND trust.root_id = %(root)s
            """,
            parts=self.env[
                "sale.collection.expected.payment"
            ]._get_promised_parts_sql(),
            days=days,
            trust=trust,
            root=root_company_sql(),
        )

    @api.model
    def _get_standing_sql(self, days, trust):
        """Select the next date of standing promises, by the customer's salesperson."""
        return SQL(
            """
            SELECT promise.company_id, owner.id, owner.user_id, rep.sale_team_id,
                   GREATEST(payment.date, day.today), 0.0, 0.0, 0.0, rest.amount,
                   rest.amount * COALESCE(trust.reliability, 1)
              FROM sale_collection_promise promise
              JOIN %(days)s day ON day.company_id = promise.company_id
              JOIN sale_collection_promise_line payment
                ON payment.promise_id = promise.id
               AND payment.date = promise.next_date
        CROSS JOIN LATERAL (SELECT GREATEST(
                   0, payment.amount - COALESCE(payment.amount_received, 0)) AS amount
                   ) rest
              JOIN res_partner owner ON owner.id = promise.partner_id
         LEFT JOIN res_users rep ON rep.id = owner.user_id
         LEFT JOIN (%(trust)s) trust
                ON trust.partner_id = owner.id AND trust.root_id = promise.company_id
             WHERE promise.kind = 'standing' AND promise.state = 'open'
            """,
            days=days,
            trust=trust,
        )

    @api.model
    def _get_trust_sql(self, companies):
        """Return the reliability of those who have promised, as the profile has it."""
        promises = self.env["sale.collection.promise"].sudo()
        live = promises._read_group(
            [("state", "=", "open"), ("company_id", "in", companies.root_id.ids)],
            ["company_id"],
            ["partner_id:array_agg_distinct"],
        )
        profiles = self.env["sale.collection.profile"].sudo()
        rows = [(0, 0, None)]
        for root, partner_ids in live:
            found = profiles._collect_promise_trust(
                root, root._collection_today(), partner_ids
            )
            rows += [
                (root.id, partner_id, trust["reliability"])
                for partner_id, trust in found.items()
            ]
        return SQL(
            """
            SELECT * FROM UNNEST(%s::int[], %s::int[], %s::float8[])
                AS own (root_id, partner_id, reliability)
            """,
            *map(list, zip(*rows, strict=True)),
        )

    # === ACTIONS ===#

    def action_log_contact(self):
        """Log a contact with this customer, and what it promises."""
        self.ensure_one()
        return self._get_profiles()[self].action_log_contact()


def _name_target(condition):
    """Add to a condition on ids of rows the one on their targets."""
    ids = condition.value
    is_list = isinstance(ids, Collection) and not isinstance(ids, str)
    if condition.field_expr != "id" or condition.operator != "in" or not is_list:
        return condition
    return condition & Domain("target_id", "in", [key // ID_SPAN for key in ids if key])
