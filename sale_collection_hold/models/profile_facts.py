from odoo import api, models
from odoo.tools import SQL

# What the rules need read, by the code of their conditions.
NEEDS = {
    "overdue_days": {"disputes"},
    "overdue_amount": {"disputes"},
    "over_limit": {"limit"},
    "limit_used": {"limit"},
    "previous_unpaid": {"credit"},
    "user_exposure": {"credit", "sellers"},
    "broken_promises": {"broken"},
    "bounced": {"bounces"},
    "term_over_grade": {"term", "grade_term"},
    "term_over_customer": {"term", "own_term"},
    "no_review": {"review"},
    "step_reached": {"step"},
}


class SaleCollectionProfile(models.Model):
    """What supply rules look at, of a few customers or many: two lean statements.

    Planning a statement costs more than running it for one customer, so each is made
    of the parts the rules in force ask for and of no others.
    """

    _inherit = "sale.collection.profile"

    # === TERMS ===#

    @api.model
    def _collect_hold_terms(self, company, today, needs, partner_ids, root_ids=()):
        """Read on what terms customers buy, in one query.

        :param root_ids: parents; the customers below them are read as well
        :return: dicts with `partner_id`, `root_id`, `policy`, `limit` (None without),
            `limit_end`, `grade_id`, `grade`, `tags`, `country`, `excluded`,
            `has_review`, `step`, `step_strength`, `grade_term`, `own_term`
        """
        return self.env.execute_query_dict(
            SQL(
                """
                %(members)s
                SELECT partner.id AS partner_id, member.root_id,
                       partner.country_id AS country,
                       COALESCE(profile.credit_policy, %(policy)s) AS policy,
                       (%(limit)s)::float8 AS credit_limit,
                       COALESCE(profile.guarantee_amount, 0)::float8 AS guarantee,
                       COALESCE(profile.temporary_limit, 0)::float8 AS temporary,
                       profile.temporary_limit_until, profile.credit_limit_until,
                       profile.grade_id, profile.excluded,
                       grade.name AS grade_name, grade.score_from, grade.is_new,
                       %(parts)s
                  FROM member
                  JOIN res_partner partner ON partner.id = member.id
             LEFT JOIN sale_collection_profile profile
                    ON profile.partner_id = partner.id
                   AND profile.company_id = %(company)s
             LEFT JOIN sale_collection_grade grade ON grade.id = profile.grade_id
                %(joins)s
                """,
                members=self._get_members_sql(partner_ids, root_ids),
                policy=self._get_first_policy_sql(company),
                limit=self._get_limit_sql(company),
                parts=self._get_hold_terms_parts(company, today, needs),
                joins=self._get_hold_step_join(company, needs, partner_ids),
                company=company.id,
            )
        )

    @api.model
    def _get_members_sql(self, partner_ids, root_ids):
        """Return the common table `member`: customers, and those below parents."""
        if not root_ids:
            return SQL(
                "WITH member (id, root_id) AS (SELECT UNNEST(%s), NULL::int)",
                list(partner_ids),
            )
        return SQL(
            """
            WITH RECURSIVE below (id, root_id) AS (
                SELECT id, id FROM res_partner WHERE id = ANY(%s)
                 UNION
                SELECT child.id, below.root_id
                  FROM res_partner child
                  JOIN below ON below.id = child.parent_id
            ),
            member (id, root_id) AS (
                SELECT below.id, below.root_id
                  FROM below
                  JOIN res_partner partner ON partner.id = below.id
                 WHERE partner.commercial_partner_id = partner.id
                 UNION
                SELECT id, NULL
                  FROM UNNEST(%s) AS id
                 WHERE id NOT IN (SELECT id FROM below)
            )
            """,
            list(root_ids),
            list(partner_ids),
        )

    @api.model
    def _get_hold_terms_parts(self, company, today, needs):
        """Return the columns only some rules ask for."""
        nothing = SQL("NULL")
        term = self.env["res.partner"]._fields["property_payment_term_id"]
        partner_model = self.env["res.partner"].with_company(company)
        own_term = SQL(
            "COALESCE((partner.property_payment_term_id ->> %s)::int, %s)",
            str(company.id),
            term.get_company_dependent_fallback(partner_model).id or None,
        )
        return SQL(
            "%s AS tags, %s AS grade_term, %s AS own_term, %s AS has_review, %s",
            SQL(
                "ARRAY(SELECT category_id FROM res_partner_res_partner_category_rel"
                " WHERE partner_id = partner.id)"
            )
            if "tags" in needs
            else SQL("'{}'::int[]"),
            self._get_term_lines_sql(SQL("grade.payment_term_id"))
            if "grade_term" in needs
            else nothing,
            self._get_term_lines_sql(own_term) if "own_term" in needs else nothing,
            self._get_has_review_sql(today) if "review" in needs else SQL("TRUE"),
            SQL("reached.step, reached.strength AS step_strength")
            if "step" in needs
            else SQL("0 AS step, NULL AS step_strength"),
        )

    @api.model
    def _get_term_lines_sql(self, term):
        """Return the payments of a payment term as JSON rows: kind, days, day."""
        return SQL(
            """(
                SELECT JSON_AGG(JSON_BUILD_ARRAY(delay_type, nb_days, days_next_month))
                  FROM account_payment_term_line
                 WHERE payment_id = %s
            )""",
            term,
        )

    @api.model
    def _get_has_review_sql(self, today):
        return SQL(
            """EXISTS (
                SELECT FROM sale_collection_review review
                 WHERE review.profile_id = profile.id
                   AND review.state = 'approved'
                   AND %(today)s BETWEEN review.date AND review.valid_until
            )""",
            today=today,
        )

    @api.model
    def _get_hold_step_join(self, company, needs, partner_ids):
        if "step" not in needs:
            return SQL()
        return SQL(
            "LEFT JOIN (%s) reached ON reached.partner_id = partner.id",
            self._get_step_sql(company, partner_ids),
        )

    @api.model
    def _get_step_sql(self, company, partner_ids):
        """Select `partner_id`, the reminder `step` reached by what is open, and the
        `strength` of hold such steps demand."""
        return SQL(
            "SELECT NULL::int AS partner_id, 0 AS step, NULL::text AS strength"
            " WHERE FALSE"
        )

    # === LEDGER ===#

    @api.model
    def _collect_hold_ledger(
        self, company, today, needs, partner_ids, order_ids=(), user_ids=()
    ):
        """Read what customers owe, have ordered and have not kept, in one query.

        :param order_ids: orders to read whatever their state
        :param user_ids: salespersons to read what they have sold on credit of
        :return: tuples (kind, owner, ref, amount, second amount, third amount, date,
            moment, text, flag); see the methods below for each kind
        """
        parts = [
            self._get_hold_owed_sql(),
            self._get_hold_debts_sql(company, today, "disputes" in needs),
        ]
        if "credit" in needs:
            parts.append(
                self._get_hold_orders_sql(
                    company, partner_ids, order_ids, user_ids, "online" in needs
                )
            )
        if user_ids and "sellers" in needs:
            parts.append(self._get_hold_sold_sql(company, user_ids))
        if "bounces" in needs:
            parts.append(self._get_hold_bounces_sql(company, partner_ids))
        if "broken" in needs:
            parts.append(self._get_hold_broken_sql(company, partner_ids))
        return self.env.execute_query(
            SQL(
                "WITH open_line AS (%s) %s",
                self._get_hold_lines_sql(company, partner_ids),
                SQL(" UNION ALL ").join(parts),
            )
        )

    @api.model
    def _get_hold_lines_sql(self, company, partner_ids):
        """Select the open receivable lines of these customers."""
        return SQL(
            """
            SELECT line.id, contact.commercial_partner_id AS partner_id,
                   line.move_name AS name, line.amount_residual::float8 AS residual,
                   COALESCE(line.date_maturity, line.date) AS due
              FROM res_partner contact
              JOIN account_move_line line ON line.partner_id = contact.id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.reconciled IS NOT TRUE
               AND line.parent_state = 'posted'
               AND line.company_id IN (%(companies)s)
               AND contact.commercial_partner_id = ANY(%(partners)s)
            """,
            accounts=self._get_receivable_accounts_sql(),
            companies=self._get_companies_sql(company),
            partners=list(partner_ids),
        )

    @api.model
    def _get_hold_owed_sql(self):
        """`owed` customer: balance, unmatched payments and credit notes."""
        return SQL(
            """
            SELECT 'owed' AS kind, partner_id AS owner, NULL::int AS ref,
                   SUM(residual) AS amount, -SUM(LEAST(residual, 0)) AS second,
                   0::float8 AS third, NULL::date AS day,
                   NULL::timestamp AS moment, NULL::text AS name, FALSE AS flag
              FROM open_line
             GROUP BY partner_id
            """
        )

    @api.model
    def _get_hold_debts_sql(self, company, today, with_disputes):
        """`debt` customer, line: open, disputed of it, due date, invoice."""
        disputed, join = SQL("0"), SQL()
        if with_disputes:
            disputed = SQL("LEAST(COALESCE(disputed.amount, 0), open_line.residual)")
            join = SQL(
                "LEFT JOIN (%s) disputed ON disputed.line_id = open_line.id",
                self.env["sale.collection.dispute.line"]._get_open_query(company),
            )
        return SQL(
            """
            SELECT 'debt', open_line.partner_id, open_line.id, open_line.residual,
                   (%(disputed)s)::float8, 0, open_line.due, NULL, open_line.name, FALSE
              FROM open_line %(join)s
             WHERE open_line.residual > 0 AND open_line.due < %(today)s
            """,
            disputed=disputed,
            join=join,
            today=today,
        )

    @api.model
    def _get_hold_sold_sql(self, company, user_ids):
        """`sold` salesperson: open receivables of the invoices of each."""
        return SQL(
            """
            SELECT 'sold', move.invoice_user_id, NULL, SUM(line.amount_residual),
                   0, 0, NULL, NULL, NULL, FALSE
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id
             WHERE move.invoice_user_id = ANY(%(users)s)
               AND move.state = 'posted'
               AND move.payment_state IN ('not_paid', 'partial', 'in_payment')
               AND line.account_id = ANY(%(accounts)s)
               AND line.reconciled IS NOT TRUE
               AND line.company_id IN (%(companies)s)
             GROUP BY move.invoice_user_id
            """,
            users=list(user_ids),
            accounts=self._get_receivable_accounts_sql(),
            companies=self._get_companies_sql(company),
        )

    @api.model
    def _get_hold_bounces_sql(self, company, partner_ids):
        """`bounce` customer: day."""
        return SQL(
            """
            SELECT 'bounce', contact.commercial_partner_id, NULL, 0, 0, 0,
                   bounce.date, NULL, NULL, FALSE
              FROM sale_collection_bounce bounce
              JOIN res_partner contact ON contact.id = bounce.partner_id
             WHERE contact.commercial_partner_id = ANY(%(partners)s)
               AND bounce.company_id IN (%(companies)s)
            """,
            partners=list(partner_ids),
            companies=self._get_companies_sql(company),
        )

    @api.model
    def _get_hold_broken_sql(self, company, partner_ids):
        """`broken` customer: the day promised."""
        return SQL(
            """
            SELECT 'broken', partner_id, NULL, 0, 0, 0, date, NULL, NULL, FALSE
              FROM (%(judged)s) judged
             WHERE partner_id = ANY(%(partners)s) AND state = 'broken'
            """,
            judged=self._get_judged_query(company),
            partners=list(partner_ids),
        )
