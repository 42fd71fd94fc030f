from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools import scorecard
from .profile_behaviour import BEHAVIOUR_KEYS, NO_BEHAVIOUR
from .profile_debts import DEBT_KEYS, NO_DEBTS

# Months a bounced payment is held against a customer.
BOUNCE_MONTHS = 12

TERM_KEYS = (
    "credit_policy",
    "credit_limit",
    "extra_limit",
    "bounced_count",
    "first_invoice_date",
    "amount_disputed",
    "amount_promised",
    "promise_kept_ratio",
    "broken_promise_count",
    "excluded",
)
# What goes into the projection as it is read.
KEPT_DEBTS = tuple(name for name in DEBT_KEYS if name != "overdue_days_weight")
KEPT_TERMS = (
    "amount_disputed",
    "amount_promised",
    "bounced_count",
    "first_invoice_date",
    "promise_kept_ratio",
    "broken_promise_count",
)
# Below half a cent there is nothing to divide by.
NOTHING = 0.005


class SaleCollectionProfile(models.Model):
    """The figures of customers, read from the ledger: a fixed number of queries.

    The projection and the live figures share every statement; only the condition on
    customers differs.
    """

    _inherit = "sale.collection.profile"

    # === ENTRY POINTS ===#

    def _get_live_facts(self, today=None):
        """Read the figures of these customers from the ledger as it stands.

        :param date today: the company's own today when left out
        :return: {partner id: {field of the projection: value}}; None where unknown,
            amounts in the currency of the company
        """
        facts = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            partners = profiles.partner_id
            facts |= profiles.with_company(company)._get_customer_facts(partners, today)
        return facts

    @api.model
    def _get_customer_facts(self, partners, today=None):
        """Like `_get_live_facts`, for customers with or without a profile here.

        :param partners: customers, or contacts that count for one
        """
        company = self.env.company.sudo().root_id
        today = today or company._collection_today()
        as_of = self.env.cr.now().replace(microsecond=0)
        customers = partners.sudo().commercial_partner_id
        facts = self.sudo()._collect_facts(company, today, customers.ids)
        return {customer: found | {"as_of": as_of} for customer, found in facts.items()}

    def _collect_factor_facts(self, today):
        """Return what the scorecard weighs, from the refreshed projection.

        Grade and screens thus show the same figures, and the ledger is read once a
        night. All profiles of the company when called on none; those made since the
        last refresh have no figures yet and are left out.

        :return: {profile id: {factor code: value}}; None where unknown
        """
        return {
            row["id"]: self._decide_factors(row, prior, today)
            for company, profiles in self._by_company()
            for prior in [self._get_company_late_share(company)]
            for row in profiles._read_projection(company)
            if row["paid_count"] is not None
        }

    # === COLLECT ===#

    @api.model
    def _collect_facts(self, company, today, partner_ids=None, behaviour=None):
        """Return {partner id: projection} for customers of a root company.

        :param partner_ids: commercial partners; every customer known when left out
        :param behaviour: result of `_collect_behaviour` when there is one already
        """
        self.env.flush_all()
        debts = self._collect_debts(company, today, partner_ids)
        if behaviour is None:
            behaviour = self._collect_behaviour(company, today, partner_ids)
        everyone = partner_ids is None
        if everyone:
            partner_ids = self._find_customers(company) | {*debts, *behaviour}
        terms = self._collect_terms(company, today, sorted(partner_ids), everyone)
        return {
            partner_id: self._decide_facts(
                debts.get(partner_id, NO_DEBTS),
                behaviour.get(partner_id, NO_BEHAVIOUR),
                term,
                company.currency_id.round,
            )
            for partner_id, term in terms.items()
        }

    @api.model
    def _find_customers(self, company):
        """Return the customers that have a profile or a limit of their own."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id FROM sale_collection_profile WHERE company_id = %s
                 UNION
                SELECT id FROM res_partner
                 WHERE commercial_partner_id = id AND credit_limit ->> %s IS NOT NULL
                """,
                company.id,
                str(company.id),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _collect_terms(self, company, today, partner_ids, trust_stored=False):
        """Read terms, claims and promises of customers, with a profile or without.

        :param bool trust_stored: take the first invoice date as stored; it moves only
            when older invoices or history come in, which touches the customer
        :return: {partner id: {one of TERM_KEYS: value}}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id,
                       COALESCE(profile.credit_policy, %(policy)s),
                       %(limit)s,
                       COALESCE(profile.guarantee_amount, 0)
                       + CASE WHEN COALESCE(profile.temporary_limit_until, %(today)s)
                                   >= %(today)s
                              THEN COALESCE(profile.temporary_limit, 0)
                              ELSE 0 END,
                       COALESCE(bounced.count, 0),
                       %(first)s,
                       COALESCE(disputed.amount, 0),
                       COALESCE(promised.amount, 0),
                       record.kept_ratio,
                       COALESCE(record.broken, 0),
                       profile.excluded IS TRUE
                  FROM res_partner partner
             LEFT JOIN sale_collection_profile profile
                    ON profile.partner_id = partner.id
                   AND profile.company_id = %(company)s
             LEFT JOIN (%(bounces)s) bounced ON bounced.partner_id = partner.id
             LEFT JOIN (%(disputed)s) disputed ON disputed.partner_id = partner.id
             LEFT JOIN (%(promised)s) promised ON promised.partner_id = partner.id
             LEFT JOIN (%(record)s) record ON record.partner_id = partner.id
                 WHERE partner.id = ANY(%(partners)s)
                """,
                policy=self._get_first_policy_sql(company),
                limit=self._get_limit_sql(company),
                today=today,
                bounces=self._get_bounces_sql(company, today),
                first=self._get_first_invoice_sql(company, trust_stored),
                disputed=self._get_disputed_sql(company, today, partner_ids),
                promised=self._get_promised_sql(company, today, partner_ids),
                record=self._get_promise_record_sql(company, partner_ids),
                company=company.id,
                partners=list(partner_ids),
            )
        )
        return {row[0]: dict(zip(TERM_KEYS, row[1:], strict=True)) for row in rows}

    @api.model
    def _get_first_invoice_sql(self, company, trust_stored):
        """Return the day of the first invoice of the row `partner`."""
        return SQL(
            """COALESCE(%(stored)s, LEAST(
                (SELECT MIN(move.invoice_date)
                   FROM res_partner contact
                   JOIN account_move move ON move.partner_id = contact.id
                  WHERE contact.commercial_partner_id = partner.id
                    AND move.move_type = 'out_invoice'
                    AND move.state = 'posted'
                    AND move.company_id IN (%(companies)s)),
                (SELECT MIN(history.invoice_date)
                   FROM sale_collection_history history
                  WHERE history.partner_id = partner.id
                    AND history.company_id = %(company)s)
            ))""",
            stored=SQL("profile.first_invoice_date") if trust_stored else SQL("NULL"),
            companies=self._get_companies_sql(company),
            company=company.id,
        )

    @api.model
    def _get_bounces_sql(self, company, today):
        """Select `partner_id` and the `count` of payments that bounced lately."""
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id, COUNT(*) AS count
              FROM sale_collection_bounce bounce
              JOIN res_partner contact ON contact.id = bounce.partner_id
             WHERE bounce.date > %(since)s
               AND bounce.company_id IN (%(companies)s)
             GROUP BY contact.commercial_partner_id
            """,
            since=today - relativedelta(months=BOUNCE_MONTHS),
            companies=self._get_companies_sql(company),
        )

    @api.model
    def _get_company_late_share(self, company):
        """Return the late share of all customers together, as last refreshed."""
        [[share]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(late_count)::float8
                       / NULLIF(SUM(paid_count + open_late_count), 0)
                  FROM sale_collection_profile
                 WHERE company_id = %s
                """,
                company.id,
            )
        )
        return share or 0.0

    # === FACTS OF DISPUTES AND PROMISES ===#
    # Each is a table that joins the statements above; whoever brings disputes or
    # promises replaces it by one with rows.

    @api.model
    def _get_disputed_sql(self, company, today, partner_ids):
        """Select `partner_id` and the overdue `amount` in dispute."""
        return SQL("SELECT NULL::int AS partner_id, 0::float8 AS amount WHERE FALSE")

    @api.model
    def _get_promised_sql(self, company, today, partner_ids):
        """Select `partner_id` and the overdue `amount` covered by live promises."""
        return SQL("SELECT NULL::int AS partner_id, 0::float8 AS amount WHERE FALSE")

    @api.model
    def _get_promise_record_sql(self, company, partner_ids):
        """Select `partner_id`, the `kept_ratio` of promises, the number `broken`."""
        return SQL(
            "SELECT NULL::int AS partner_id, 0::float8 AS kept_ratio, 0 AS broken"
            " WHERE FALSE"
        )

    @api.model
    def _get_fault_sql(self, company, partner_ids):
        """Select `line_id` of instalments and the `days` we were at fault ourselves.

        :param partner_ids: commercial partners; all when None
        """
        return SQL("SELECT NULL::int AS line_id, 0 AS days WHERE FALSE")

    @api.model
    def _collect_disputed(self, company, today, partner_ids):
        """Return {partner id: overdue amount in dispute}."""
        query = self._get_disputed_sql(company, today, partner_ids)
        return dict(self.env.execute_query(query))

    @api.model
    def _collect_our_fault_days(self, company, partner_ids):
        """Return {receivable line id: days we were at fault for its delay}.

        :param partner_ids: commercial partners; all when None
        """
        return dict(self.env.execute_query(self._get_fault_sql(company, partner_ids)))

    # === DECIDE ===#

    @api.model
    def _decide_facts(self, debts, behaviour, terms, round_amount):
        """Return the projection of one customer from what was read."""
        facts = {name: debts[name] for name in KEPT_DEBTS}
        facts |= {name: terms[name] for name in KEPT_TERMS}
        facts |= self._decide_behaviour(debts, behaviour)
        claimed = (
            terms["amount_disputed"]
            + terms["amount_promised"]
            + debts["amount_unapplied"]
        )
        collectable = 0.0 if terms["excluded"] else debts["amount_overdue"] - claimed
        facts["amount_collectable"] = max(0.0, round_amount(collectable))
        available = self._decide_available(terms, debts["exposure"])
        facts["available_credit"] = available and round_amount(available)
        return facts

    @api.model
    def _decide_available(self, terms, exposure):
        """Return the credit left; None without a limit, never any on prepayment."""
        if terms["credit_policy"] == "unlimited":
            return None
        if terms["credit_policy"] == "prepay":
            return -exposure
        return terms["credit_limit"] + terms["extra_limit"] - exposure

    @api.model
    def _decide_behaviour(self, debts, behaviour):
        """Return the behaviour part of the projection.

        What is overdue now counts as late with its age so far: who does not pay must
        not look better than who pays late.
        """
        paid_count = behaviour["paid_count"]
        open_late = debts["open_late_count"]
        late_count = behaviour["paid_late_count"] + open_late
        weight = behaviour["paid_days_weight"] + debts["overdue_days_weight"]
        amount = behaviour["paid_amount"] + debts["amount_overdue"]
        return {
            **{name: behaviour[name] for name in BEHAVIOUR_KEYS},
            "avg_days_late": _divide(weight, amount, 2),
            "late_share": _divide(late_count, paid_count + open_late, 4),
            "late_count": late_count,
            "short_pay_share": _divide(behaviour["short_paid_count"], paid_count, 4),
            "days_late_trend": self._decide_trend(behaviour),
            "recent_days_late": round(behaviour["recent_days_late"] or 0.0, 2),
        }

    @api.model
    def _decide_trend(self, behaviour):
        """Return the days by which the last 90 days were later than those before."""
        recent = _divide(behaviour["recent_days_weight"], behaviour["recent_amount"], 6)
        before = _divide(
            behaviour["paid_days_weight"] - behaviour["recent_days_weight"],
            behaviour["paid_amount"] - behaviour["recent_amount"],
            6,
        )
        if recent is None or before is None:
            return None
        return round(recent - before, 2)

    @api.model
    def _decide_factors(self, row, prior, today):
        """Return the factors of one customer from its projection.

        :param float prior: the company's late share, towards which few instalments
            are drawn
        """
        open_amount, limit = row["amount_open"], row["limit_total"]
        due, first = row["oldest_due_date"], row["first_invoice_date"]
        return {
            "late_share": scorecard.shrunk_late_share(
                row["late_count"], row["paid_count"] + row["open_late_count"], prior
            ),
            "weighted_days_late": row["avg_days_late"],
            "oldest_overdue": max(0, (today - due).days) if due else 0,
            "overdue_ratio": _divide(row["amount_overdue"], open_amount, 4) or 0.0,
            "trend": row["days_late_trend"],
            "promise_kept_ratio": row["promise_kept_ratio"],
            "bounced_count": row["bounced_count"],
            "short_pay_share": row["short_pay_share"],
            "tenure": (today - first).days if first else None,
            "limit_use": _divide(max(0.0, row["exposure"]), limit, 4),
        }


def _divide(amount, by, digits):
    """Return the rounded quotient, None where there is nothing to divide by."""
    return round(amount / by, digits) if by > NOTHING else None
