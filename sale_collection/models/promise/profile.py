from datetime import timedelta

from dateutil.relativedelta import FR, relativedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ...fields import OptionalFloat
from ...tools.period import month_bounds, next_payment_day
from ...tools.promise import bargaining_ratio, kept_ratio, reliability
from ...tools.window import open_dialog
from ..core.open_line import open_lines_sql

# Months of promises that speak for a customer.
TRUST_MONTHS = 12
# Paid instalments from which "never so soon before" says something.
ENOUGH_RECEIPTS = 3


class SaleCollectionProfile(models.Model):
    """What a customer's promises are worth, and what is promised now."""

    _inherit = "sale.collection.profile"

    promise_ids = fields.One2many("sale.collection.promise", "profile_id")
    open_promise_count = fields.Integer(compute="_compute_promise_trust")
    judged_promise_count = fields.Integer(
        string="Promises judged", compute="_compute_promise_trust"
    )
    promise_reliability = OptionalFloat(
        string="Reliability of promises",
        digits=(16, 4),
        compute="_compute_promise_trust",
        help="Part of a promised amount to count on, from the last 12 months. Few "
        "promises are filled up with the average of all customers.",
    )
    bargaining_ratio = OptionalFloat(
        digits=(16, 4),
        compute="_compute_promise_trust",
        help="What the customer promised of what we asked for, last 12 months.",
    )
    promise_avg_delay = OptionalFloat(
        string="Days after promise",
        digits=(16, 1),
        compute="_compute_promise_trust",
        help="From the promised date to the money, weighted by amount, last 12 months.",
    )

    # === COMPUTE ===#

    @api.depends("promise_ids.state")
    def _compute_promise_trust(self):
        trust = self._get_promise_trust()
        live = dict(
            self.env["sale.collection.promise"]
            .sudo()
            ._read_group(
                [("profile_id", "in", self.ids), ("state", "=", "open")],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            found = trust.get(profile._origin.id, {})
            profile.open_promise_count = live.get(profile._origin, 0)
            profile.judged_promise_count = found.get("judged", 0)
            profile.promise_reliability = found.get("reliability")
            profile.bargaining_ratio = found.get("bargaining")
            profile.promise_avg_delay = found.get("delay")

    def _get_promise_trust(self, today=None):
        """Return {profile id: dict of `_collect_promise_trust`}."""
        trust = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            if not company:
                continue
            found = self._collect_promise_trust(
                company, today or company._collection_today(), profiles.partner_id.ids
            )
            for profile in profiles:
                trust[profile._origin.id] = found.get(profile.partner_id.id, {})
        return trust

    # === COLLECT ===#

    @api.model
    def _collect_promise_trust(self, company, today, partner_ids):
        """Return what the promises of customers are worth, in one query.

        :return: {partner id: {`kept`, `judged`, `kept_ratio`, `broken` (all time),
            `reliability`, `bargaining`, `delay` (last 12 months, None unknown)}}
        """
        self.env["sale.collection.promise"].flush_model()
        self.env["sale.collection.promise.line"].flush_model()
        rows = self.env.execute_query_dict(
            self._get_promise_trust_query(company, today, partner_ids)
        )
        return {row["partner_id"]: self._prepare_trust(row) for row in rows}

    @api.model
    def _prepare_trust(self, row):
        kept, partial, broken = row["kept"], row["partial"], row["broken"]
        return {
            "kept": kept,
            "judged": kept + partial + broken,
            "broken": broken,
            "kept_ratio": kept_ratio(kept, partial, broken),
            "reliability": reliability(
                row["recent"], row["worth"], row["amount"], row["company_mean"]
            ),
            "bargaining": bargaining_ratio(row["bargained"], row["asked"]),
            "delay": row["delay"],
        }

    @api.model
    def _get_judged_query(self, company):
        """SQL of all judged promises: each date of a standing one is its own."""
        return SQL(
            """
            SELECT partner_id, state, date, amount, fulfilment, days_late
              FROM sale_collection_promise
             WHERE company_id = %(company)s
               AND kind <> 'standing'
               AND state IN ('kept', 'partial', 'broken')
             UNION ALL
            SELECT promise.partner_id, line.state, line.date, line.amount,
                   line.fulfilment, line.days_late
              FROM sale_collection_promise promise
              JOIN sale_collection_promise_line line ON line.promise_id = promise.id
             WHERE promise.company_id = %(company)s
               AND promise.kind = 'standing'
               AND line.state IN ('kept', 'partial', 'broken')
            """,
            company=company.id,
        )

    @api.model
    def _get_promise_trust_query(self, company, today, partner_ids):
        since = today - relativedelta(months=TRUST_MONTHS)
        return SQL(
            """
            WITH judged AS (%(judged)s),
            record AS (
                SELECT partner_id,
                       COUNT(*) FILTER (WHERE state = 'kept') AS kept,
                       COUNT(*) FILTER (WHERE state = 'partial') AS partial,
                       COUNT(*) FILTER (WHERE state = 'broken') AS broken,
                       COUNT(*) FILTER (WHERE date > %(since)s) AS recent,
                       SUM(fulfilment * amount) FILTER (WHERE date > %(since)s)
                           AS worth,
                       SUM(amount) FILTER (WHERE date > %(since)s) AS amount,
                       SUM(days_late * amount) FILTER (WHERE date > %(since)s)
                           / NULLIF(SUM(amount) FILTER (
                               WHERE date > %(since)s AND days_late IS NOT NULL), 0)
                           AS delay
                  FROM judged
                 GROUP BY partner_id
            ),
            bargain AS (
                SELECT partner_id, SUM(amount) AS bargained, SUM(amount_asked) AS asked
                  FROM sale_collection_promise
                 WHERE company_id = %(company)s
                   AND amount_asked > 0
                   AND opened_at > %(since)s
                   AND partner_id = ANY(%(partners)s)
                 GROUP BY partner_id
            )
            SELECT partner.id AS partner_id,
                   COALESCE(record.kept, 0) AS kept,
                   COALESCE(record.partial, 0) AS partial,
                   COALESCE(record.broken, 0) AS broken,
                   COALESCE(record.recent, 0) AS recent,
                   COALESCE(record.worth, 0)::float8 AS worth,
                   COALESCE(record.amount, 0)::float8 AS amount,
                   record.delay::float8 AS delay,
                   COALESCE(bargain.bargained, 0)::float8 AS bargained,
                   COALESCE(bargain.asked, 0)::float8 AS asked,
                   (SELECT SUM(worth) / NULLIF(SUM(amount), 0) FROM record)::float8
                       AS company_mean
              FROM UNNEST(%(partners)s::int[]) AS partner (id)
              LEFT JOIN record ON record.partner_id = partner.id
              LEFT JOIN bargain ON bargain.partner_id = partner.id
            """,
            judged=self._get_judged_query(company),
            since=since,
            company=company.id,
            partners=list(partner_ids),
        )

    # === HOOKS OF THE PROJECTION ===#

    @api.model
    def _get_promised_sql(self, company, today, partner_ids):
        # OVERRIDE: what live promises cover
        parts = self.env["sale.collection.promise.allocation"]
        dates = self.env["sale.collection.promise.line"]
        return SQL(
            """
            SELECT partner_id, SUM(amount)::float8 AS amount
              FROM (SELECT partner_id, amount FROM (%(covered)s) covered
                     UNION ALL %(standing)s) cover
             WHERE %(customers)s
             GROUP BY partner_id
            HAVING SUM(amount) > 0
            """,
            covered=parts._get_cover_query(company, today),
            standing=dates._get_standing_cover_query(company),
            customers=self._get_customer_condition(SQL("partner_id"), partner_ids),
        )

    @api.model
    def _get_promise_record_sql(self, company, partner_ids):
        # OVERRIDE: how the judged promises ended
        return SQL(
            """
            SELECT partner_id,
                   ROUND(
                       COUNT(*) FILTER (WHERE state = 'kept')::numeric / COUNT(*), 4
                   )::float8 AS kept_ratio,
                   COUNT(*) FILTER (WHERE state = 'broken') AS broken
              FROM (%(judged)s) judged
             WHERE %(customers)s
             GROUP BY partner_id
            """,
            judged=self._get_judged_query(company),
            customers=self._get_customer_condition(SQL("partner_id"), partner_ids),
        )

    # === PROPOSALS FOR NEW PROMISES ===#

    def _get_promisable_lines(self, today=None):
        """Return {profile id: ids of receivable lines a new promise is about}.

        All that is overdue; of a customer with nothing overdue all that is open.
        """
        found = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            day = today or company._collection_today()
            rows = self.env["account.move.line"]._find_open_debts(
                company,
                day,
                SQL(
                    "line.balance > 0 AND line.partner_id = ANY(%s)",
                    profiles.partner_id.ids,
                ),
            )
            by_partner = rows.grouped("partner_id")
            for profile in profiles:
                lines = by_partner.get(profile.partner_id, rows.browse())
                overdue = lines.filtered(
                    lambda line, day=day: (line.date_maturity or line.date) < day
                )
                found[profile._origin.id] = (overdue or lines).ids
        return found

    def _get_spared_amounts(self, today=None):
        """Return {profile id: disputed amounts and money not matched yet}.

        A new promise does not ask for them; it does ask for what is promised now,
        for it takes that promise's place. Not by the live facts: those write out
        all pending changes, which a proposal in the middle of an entry must not.
        """
        spared = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            if not company:
                continue
            day = today or company._collection_today()
            partner_ids = profiles.partner_id.ids
            disputed = self._collect_disputed(company, day, partner_ids)
            unapplied = self._collect_unapplied(company, day, partner_ids)
            for profile in profiles:
                partner = profile.partner_id
                spared[profile._origin.id] = disputed.get(
                    partner.id, 0.0
                ) + unapplied.get(partner.id, 0.0)
        return spared

    @api.model
    def _collect_unapplied(self, company, today, partner_ids):
        """Return {customer id: open payments and credit notes, a positive amount}."""
        self.env["account.move.line"]._flush_open()
        condition = SQL("line.partner_id = ANY(%s)", partner_ids)
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT partner_id, -SUM(residual)::float8 FROM (%s) line"
                    " WHERE residual < 0 GROUP BY partner_id",
                    open_lines_sql(company, today, condition),
                )
            )
        )

    def _get_named_day(self, choice):
        """Return the day behind one of DATE_CHOICES; the company's of no customer."""
        company = self.company_id or self.env.company
        tomorrow = company._collection_today() + timedelta(1)
        if choice == "friday":
            return tomorrow + relativedelta(weekday=FR)
        if choice == "payday" and self:
            return next_payment_day(tomorrow, self._get_payment_days())
        if choice == "month_end":
            return month_bounds(tomorrow)[1]
        return tomorrow

    def _get_best_days_late(self):
        """Return the soonest the customer ever paid after a due date, in days.

        None while it has paid too few instalments to tell.
        """
        self.ensure_one()
        receipts = self.env["sale.collection.receipt"].sudo()
        [(count, best)] = receipts._read_group(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "child_of", self.company_id.ids),
                ("kind", "=", "cash"),
                ("amount", ">", 0),
            ],
            [],
            ["__count", "days_late:min"],
        )
        return best if count >= ENOUGH_RECEIPTS else None

    # === EVENTS ===#

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: money judges promises before the profile counts them
        return [*super()._get_touched_steps(), (10, "_judge_promises")]

    def _judge_promises(self, today=None):
        """Judge all promises of these customers, also those closed long ago."""
        promises = self.sudo().promise_ids
        return promises._evaluate(today) if promises else 0

    # === ACTIONS ===#

    def action_new_promise(self):
        """Open the dialog for a promise of this customer."""
        return self._open_new_promise()

    def _open_contact_log(self, moves=None):
        # EXTENDS: the dialog in which a talk may end with a promise or a dispute
        action = super()._open_contact_log(moves)
        return {**action, "res_model": "sale.collection.contact.log"}

    def _take_step(self, step):
        # EXTENDS
        if step in ("promise", "plan"):
            kind = "plan" if step == "plan" else "single"
            return self._open_new_promise(default_kind=kind)
        return super()._take_step(step)

    def _open_new_promise(self, lines=None, **context):
        """Return the dialog for a new promise of this customer.

        :param lines: receivable lines it is about; all overdue ones when left out
        """
        self.ensure_one()
        if lines:
            parts = [Command.create({"line_id": line.id}) for line in lines]
            context["default_allocation_ids"] = parts
        return open_dialog(
            self.env._("Promise to pay"),
            "sale.collection.promise",
            view_id=self.env.ref("sale_collection.promise_dialog").id,
            default_profile_id=self.id,
            dialog_size="large",
            **context,
        )

    def action_open_promises(self):
        """Open the promises of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.promise_action"
        )
        return {
            **action,
            "domain": [("profile_id", "=", self.id)],
            "context": {"default_profile_id": self.id},
        }
