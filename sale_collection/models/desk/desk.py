import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.desk import Fact, Rule, Talk, get_priority, judge
from ..core.open_line import IS_DEBT, join_tolerance, open_lines_sql
from ..core.sql import branches_sql, read_dicts, update_rows

# Days for which a broken promise, a bounce, a short payment or an order is news.
PROMISE_DAYS = 30
BOUNCE_DAYS = 90
SHORT_DAYS = 14
ORDER_DAYS = 30
# Days ahead that are looked at, and those before a credit review ends.
AHEAD_DAYS = 7
REVIEW_DAYS = 30
# Payments from which on a customer has habits.
HABIT_FROM = 5
# Days since the first invoice for which a customer is new.
NEW_DAYS = 120
# Results of a talk without a talk.
UNREACHED = ("no_answer", "wrong_person")

COLUMNS = {"priority": "int", "work_hits": "jsonb", "next_action_date": "date"}


class SaleCollectionDesk(models.AbstractModel):
    """Puts customers in the order in which they are worth a call today.

    Facts are read with one statement for any number of customers, judged by
    `tools.desk`, and written where they differ.
    """

    _name = "sale.collection.desk"
    _description = "Order of the day's work"

    @api.model
    def _rank(self, company, today, profiles=None):
        """Bring the priority of customers and its reasons up to date.

        :param company: root company
        :param profiles: of that company; all of it when left out
        :return: number of profiles written
        """
        self.env.flush_all()
        rules = self._get_rules(company)
        partner_ids = None if profiles is None else profiles.partner_id.ids
        facts = self._collect_facts(company, today, partner_ids, rules)
        changed = []
        for row in self._read_profiles(company, today, partner_ids):
            wanted = self._decide(row, facts[row["partner_id"]], rules, today)
            if wanted != tuple(row[name] for name in COLUMNS):
                priority, hits, day = wanted
                changed.append((row["id"], priority, hits and json.dumps(hits), day))
        update_rows(self.env, "sale_collection_profile", COLUMNS, changed)
        if changed:
            names = [*COLUMNS, "work_reasons", "work_rule_ids"]
            self.env["sale.collection.profile"].invalidate_model(names, False)
        return len(changed)

    # === COLLECT ===#

    @api.model
    def _get_rules(self, company):
        """Return the active rules of a root company as plain values."""
        return [
            Rule(rule.id, rule.code, rule.threshold, rule.points)
            for rule in self.env["sale.collection.work.rule"]._get_rules(company)
        ]

    @api.model
    def _collect_facts(self, company, today, partner_ids, rules):
        """Return {partner id: {code: Fact}} of the conditions that rules ask for."""
        facts = defaultdict(dict)
        wanted, quiet = {rule.code for rule in rules}, self._get_quiet_codes()
        parts = [
            SQL("SELECT partner_id, %s AS code, value, day FROM (%s) fact", code, query)
            for code, query in self._get_conditions(company, today, partner_ids).items()
            if code in wanted
        ]
        if parts:
            query = SQL(
                "WITH open_line AS MATERIALIZED (%s) %s",
                self._get_open_lines_sql(company, today, partner_ids),
                SQL(" UNION ALL ").join(parts),
            )
            round_value = company.currency_id._collection_get_rounding()
            for partner_id, code, value, day in self.env.execute_query(query):
                value = round_value(float(value))
                facts[partner_id][code] = Fact(value, day, code not in quiet)
        return facts

    @api.model
    def _read_profiles(self, company, today, partner_ids):
        """Return the stored order of customers, their last talk and next date."""
        profiles = self.env["sale.collection.profile"]
        return read_dicts(
            self.env,
            SQL(
                """
                SELECT profile.id, profile.partner_id, profile.priority,
                       profile.work_hits, profile.next_action_date,
                       profile.excluded IS TRUE OR snoozed.is_whole IS TRUE
                           AS is_left_alone,
                       profile.oldest_due_date < %(today)s
                           AND profile.amount_collectable
                               <= COALESCE(snoozed.amount, 0) + %(least)s AS is_settled,
                       talk.date AS last_talk, talk.next_date, talk.reached,
                       %(step)s AS next_step
                  FROM sale_collection_profile profile
             LEFT JOIN (%(talks)s) talk ON talk.profile_id = profile.id
             LEFT JOIN (SELECT partner_id, SUM(amount) AS amount,
                               BOOL_OR(amount IS NULL) AS is_whole
                          FROM (%(snoozed)s) part GROUP BY partner_id) snoozed
                    ON snoozed.partner_id = profile.partner_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                """,
                talks=self._get_talks_sql(company),
                step=self._get_next_step_sql(),
                snoozed=self._get_snoozed_sql(company, today),
                least=self._get_least(company),
                today=today,
                company=company.id,
                chosen=profiles._get_customer_condition(
                    SQL("profile.partner_id"), partner_ids
                ),
            ),
        )

    @api.model
    def _get_talks_sql(self, company):
        """Select of every profile the last talk, and the last one that was one."""
        return SQL(
            """
            SELECT DISTINCT ON (profile_id) profile_id, date, next_date,
                   MAX(date) FILTER (WHERE result NOT IN %s)
                       OVER (PARTITION BY profile_id) AS reached
              FROM sale_collection_contact
             WHERE company_id = %s
          ORDER BY profile_id, date DESC, id DESC
            """,
            UNREACHED,
            company.id,
        )

    @api.model
    def _get_snoozed_sql(self, company, today):
        """Select `partner_id` and `amount` of overdue debts nobody asks for that day.

        No amount: the customer is left alone altogether.
        """
        return SQL(
            "SELECT NULL::int AS partner_id, NULL::numeric AS amount WHERE FALSE"
        )

    @api.model
    def _get_next_step_sql(self):
        """Return the day the row `profile` is next acted on without anybody's doing."""
        return SQL("NULL::date")

    # === DECIDE ===#

    @api.model
    def _decide(self, row, facts, rules, today):
        """Return what a profile should hold: the values of `COLUMNS`."""
        talk = Talk(row["last_talk"], row["next_date"], row["reached"])
        hits = []
        if not row["is_left_alone"]:
            hits = judge(facts, rules, talk, today, row["is_settled"])
        return (
            get_priority(hits),
            [[hit.rule_id, hit.points, hit.value] for hit in hits] or None,
            min(
                (day for day in (talk.next, row["next_step"]) if day and day >= today),
                default=None,
            ),
        )

    # === CONDITIONS ===#

    @api.model
    def _get_conditions(self, company, today, partner_ids):
        """Return {code of a condition: SQL of `partner_id`, `value` and `day`}.

        The one place where higher rooms and addons add theirs, with the code added to
        the selection of the rule. `day` is the day an event calls for attention, NULL
        of a state. The statement may read `open_line`, the open instalments.

        :param company: root company
        :param partner_ids: commercial partners; all when None
        """
        given = {
            "root": company,
            "company": company.id,
            "companies": branches_sql(company),
            "today": today,
            "chosen": self.env["sale.collection.profile"]._get_customer_condition(
                SQL("profile.partner_id"), partner_ids
            ),
            "owes": SQL(
                """profile.amount_collectable > %s AND profile.partner_id IN (
                    SELECT partner_id FROM open_line WHERE date_due < %s)""",
                self._get_least(company),
                today,
            ),
        }
        return {
            **self._get_debt_conditions(given),
            **self._get_money_conditions(given),
            **self._get_word_conditions(given),
            **self._get_credit_conditions(given),
            **self._get_due_conditions(given),
        }

    @api.model
    def _get_quiet_codes(self):
        """Return the events that wait for the day agreed on with the customer."""
        return {"likely_late", "big_due", "first_invoice", "review_expiring"}

    @api.model
    def _get_open_lines_sql(self, company, today, partner_ids):
        """Select the debts of customers, by commercial partner.

        What a debt has left within the tolerance is none.
        """
        chosen = SQL("TRUE")
        if partner_ids is not None:
            chosen = SQL(
                """line.partner_id IN (
                    SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s))
                """,
                list(partner_ids),
            )
        return SQL(
            """
            SELECT line.id, customer.commercial_partner_id AS partner_id, line.balance,
                   line.residual, line.date_due
              FROM (%s) line
              JOIN res_partner customer ON customer.id = line.partner_id
              %s
             WHERE %s
            """,
            open_lines_sql(company, today, chosen),
            join_tolerance(company),
            IS_DEBT,
        )

    @api.model
    def _get_least(self, company):
        """Return what the overdue rest of a customer must exceed to be asked for."""
        tolerance = company.sudo().collection_tolerance
        return (tolerance + 0.5) * company.currency_id.rounding

    @api.model
    def _get_debt_conditions(self, given):
        return {
            "overdue_amount": SQL(
                """
                SELECT partner_id, amount_collectable AS value, NULL::date AS day
                  FROM sale_collection_profile profile
                 WHERE company_id = %(company)s AND %(chosen)s AND %(owes)s
                """,
                **given,
            ),
            "silence": SQL(
                """
                SELECT profile.partner_id, NULL::date AS day, %(today)s::date
                       - COALESCE(MAX(talk.date), profile.oldest_due_date) AS value
                  FROM sale_collection_profile profile
             LEFT JOIN sale_collection_contact talk ON talk.profile_id = profile.id
                 WHERE profile.company_id = %(company)s AND %(chosen)s AND %(owes)s
                   AND profile.oldest_due_date IS NOT NULL
              GROUP BY profile.id
                """,
                **given,
            ),
        }

    @api.model
    def _get_money_conditions(self, given):
        return {
            "short_payment": SQL(
                """
                SELECT profile.partner_id, SUM(line.residual) AS value,
                       MAX(paid.date) AS day
                  FROM open_line line
                  JOIN sale_collection_profile profile
                    ON profile.partner_id = line.partner_id
                   AND profile.company_id = %(company)s
                  JOIN res_company company ON company.id = profile.company_id
            CROSS JOIN LATERAL (
                       SELECT MAX(receipt.date) AS date
                         FROM sale_collection_receipt receipt
                        WHERE receipt.line_ref = line.id AND receipt.kind = 'cash') paid
                 WHERE line.residual <= line.balance
                                        * company.collection_tail_percent / 100
                   AND line.residual < line.balance
                   AND paid.date > %(since)s
              GROUP BY profile.partner_id
                """,
                **given,
                since=given["today"] - timedelta(SHORT_DAYS),
            ),
            "bounced": SQL(
                """
                SELECT profile.partner_id, MAX(bounce.date) AS day,
                       SUM(ABS(payment.amount_company_currency_signed)) AS value
                  FROM sale_collection_bounce bounce
                  JOIN account_payment payment ON payment.id = bounce.payment_id
                  JOIN res_partner customer ON customer.id = bounce.partner_id
                  JOIN sale_collection_profile profile
                    ON profile.partner_id = customer.commercial_partner_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND bounce.company_id IN (%(companies)s)
                   AND (bounce.date > %(news)s
                        OR bounce.date > %(since)s AND %(owes)s)
              GROUP BY profile.partner_id
                """,
                **given,
                news=given["today"] - timedelta(SHORT_DAYS),
                since=given["today"] - timedelta(BOUNCE_DAYS),
            ),
        }

    @api.model
    def _get_word_conditions(self, given):
        return {
            "follow_up": SQL(
                """
                SELECT profile.partner_id, talk.next_date AS day,
                       %(today)s::date - talk.next_date AS value
                  FROM sale_collection_profile profile
                  JOIN (%(talks)s) talk ON talk.profile_id = profile.id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND talk.next_date <= %(today)s
                   AND profile.partner_id IN (SELECT partner_id FROM open_line)
                """,
                **given,
                talks=self._get_talks_sql(given["root"]),
            ),
            "promise_broken": SQL(
                """
                SELECT promise.partner_id,
                       SUM(promise.amount - promise.amount_received) AS value,
                       MAX(promise.date + promise.grace_days + 1) AS day
                  FROM sale_collection_promise promise
                  JOIN sale_collection_profile profile
                    ON profile.id = promise.profile_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND promise.state IN ('broken', 'partial')
                   AND promise.date + promise.grace_days > %(since)s AND %(owes)s
              GROUP BY promise.partner_id
                """,
                **given,
                since=given["today"] - timedelta(PROMISE_DAYS),
            ),
            "promise_due": SQL(
                """
                SELECT profile.partner_id, SUM(promise.next_amount) AS value,
                       MAX(promise.next_date) - 1 AS day
                  FROM sale_collection_promise promise
                  JOIN sale_collection_profile profile
                    ON profile.id = promise.profile_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND promise.state = 'open'
                   AND promise.next_date BETWEEN %(today)s AND %(today)s::date + 1
              GROUP BY profile.partner_id
                """,
                **given,
            ),
            "dispute_late": SQL(
                """
                SELECT profile.partner_id, MAX(dispute.deadline) + 1 AS day,
                       %(today)s::date - MIN(dispute.deadline) AS value
                  FROM sale_collection_dispute dispute
                  JOIN sale_collection_profile profile
                    ON profile.id = dispute.profile_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND dispute.state = 'open' AND dispute.deadline < %(today)s
              GROUP BY profile.partner_id
                """,
                **given,
            ),
        }

    @api.model
    def _get_credit_conditions(self, given):
        return {
            "over_limit": SQL(
                """
                SELECT profile.partner_id, -profile.available_credit AS value,
                       %(ordered)s AS day
                  FROM sale_collection_profile profile
                  JOIN res_partner customer
                    ON customer.commercial_partner_id = profile.partner_id
                  JOIN sale_order sold ON sold.partner_invoice_id = customer.id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND profile.available_credit < 0
                   AND sold.company_id IN (%(companies)s)
                   AND sold.state IN ('draft', 'sent', 'sale')
                   AND sold.date_order > %(since)s
              GROUP BY profile.id
                """,
                **given,
                ordered=given["root"]._collection_day_sql(SQL("MAX(sold.date_order)")),
                since=given["today"] - timedelta(ORDER_DAYS),
            ),
            "near_limit": SQL(
                """
                SELECT partner_id, NULL::date AS day,
                       ROUND(100 * exposure / (exposure + available_credit), 2) AS value
                  FROM sale_collection_profile profile
                 WHERE company_id = %(company)s AND %(chosen)s
                   AND available_credit >= 0 AND exposure > 0
                   AND NOT EXISTS (
                       SELECT FROM open_line
                        WHERE open_line.partner_id = profile.partner_id
                          AND open_line.date_due < %(today)s)
                   AND paid_count >= %(habit)s AND avg_days_late <= 0
                """,
                **given,
                habit=HABIT_FROM,
            ),
            "review_expiring": SQL(
                """
                SELECT profile.partner_id, MAX(review.valid_until) - %(ahead)s AS day,
                       MAX(review.valid_until) - %(today)s::date AS value
                  FROM sale_collection_review review
                  JOIN sale_collection_profile profile
                    ON profile.id = review.profile_id
                 WHERE profile.company_id = %(company)s AND %(chosen)s
                   AND review.state = 'approved'
              GROUP BY profile.partner_id
                HAVING MAX(review.valid_until) BETWEEN %(today)s
                                                   AND %(today)s::date + %(ahead)s
                """,
                **given,
                ahead=REVIEW_DAYS,
            ),
        }

    @api.model
    def _get_due_conditions(self, given):
        """Return the conditions on what falls due in the next days.

        Their day is that on which a debt comes into sight: who was spoken to since
        then is not listed for it again.
        """
        share = SQL("ROUND(100.0 * profile.after_due_count / profile.paid_count, 2)")
        return {
            "likely_late": self._get_ahead_sql(
                given, share, SQL("profile.paid_count >= %s", HABIT_FROM)
            ),
            "big_due": self._get_ahead_sql(given, SQL("MAX(line.residual)")),
            "first_invoice": self._get_ahead_sql(
                given,
                SQL("SUM(line.residual)"),
                SQL(
                    "profile.paid_count = 0 AND profile.first_invoice_date > %s",
                    given["today"] - timedelta(NEW_DAYS),
                ),
            ),
        }

    @api.model
    def _get_ahead_sql(self, given, value, condition=SQL("TRUE")):  # noqa: B008
        """Return a condition on the instalments that fall due in the next days."""
        return SQL(
            """
            SELECT profile.partner_id, %(value)s AS value,
                   MAX(line.date_due) - %(ahead)s AS day
              FROM open_line line
              JOIN sale_collection_profile profile
                ON profile.partner_id = line.partner_id
               AND profile.company_id = %(company)s
             WHERE line.date_due BETWEEN %(today)s AND %(today)s::date + %(ahead)s
               AND %(condition)s
          GROUP BY profile.id
            """,
            value=value,
            condition=condition,
            company=given["company"],
            today=given["today"],
            ahead=AHEAD_DAYS,
        )
