from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.figures import (
    DEBT_KEYS,
    KEPT_DEBTS,
    KEPT_TERMS,
    NO_BEHAVIOUR,
    NO_DEBTS,
    TERM_KEYS,
    compose,
)
from ..core.planner import tell_planner
from ..core.sql import branches_sql, columns_sql, format_array, read_dicts

# Months a bounced payment is held against a customer.
BOUNCE_MONTHS = 12

# What the average days late of a customer is made of, whose debts become older.
OLDER_KEYS = (
    "avg_days_late",
    "paid_amount",
    "paid_days_weight",
    "amount_late",
    "overdue_days_weight",
)
# Nearer to the stored average than this, the average rounds to it.
CERTAIN = 0.0049

STAMPS = (
    "collection_refreshed_at",
    "collection_refreshed_for",
    "collection_refreshed_xid",
)


class SaleCollectionFigures(models.AbstractModel):
    """Reads the figures of customers from the ledger, and brings profiles up to them.

    With a fixed number of queries for any number of customers. The stored projection
    and the live figures come from the same statements, which differ in the condition
    on customers only.
    """

    _name = "sale.collection.figures"
    _description = "Figures of customers"

    # === REFRESH ===#

    @api.model
    def _refresh_some(self, profiles, company, today):
        """Refresh these profiles of one root company; return how many were written."""
        read_at = self.env.cr.now()
        figures = self._collect_figures(company, today, profiles.partner_id.ids)
        rows = profiles._read_projection(company)
        written = profiles._write_changed(rows, figures, read_at)
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_profile SET refreshed_at = %s"
                " WHERE id = ANY(%s) AND refreshed_at IS DISTINCT FROM %s",
                read_at,
                sorted(profiles.ids),
                read_at,
            )
        )
        profiles._forget_projection()
        return written

    @api.model
    def _refresh_everyone(self, company, today):
        """Refresh the profiles of all customers of a root company, made where missing.

        :return: number of profiles written
        """
        self.env.flush_all()
        profiles = self.env["sale.collection.profile"]
        read_at, xid = self.env.cr.now(), self._get_snapshot()
        seen = company.collection_refreshed_xid or None
        found = self.env["sale.collection.behaviour"]._find_changed(company, today)
        if found:
            rows, figures, older = self._collect_changed(company, today, *found)
        else:
            rows, older = profiles._read_projection(company), []
            figures = self._collect_figures(company, today)
        missing = figures.keys() - {row["partner_id"] for row in rows}
        if missing:
            made = profiles._make(company, missing)
            tell_planner(self.env, made._table, len(made))
            rows += made._read_projection(company)
        written = profiles._write_changed(rows, figures, read_at)
        written += profiles._write_older(older, read_at)
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_company
                   SET collection_refreshed_at = %s,
                       collection_refreshed_for = %s,
                       -- Asked meanwhile to read everyone: the next night does.
                       collection_refreshed_xid = CASE
                           WHEN collection_refreshed_xid IS NOT DISTINCT FROM %s
                           THEN %s END
                 WHERE id = %s
                """,
                read_at,
                today,
                seen,
                xid,
                company.id,
            )
        )
        company.invalidate_recordset(STAMPS, flush=False)
        profiles._forget_projection()
        return written

    @api.model
    def _get_snapshot(self):
        """Return the oldest transaction whose rows we may not see yet."""
        [[xid]] = self.env.execute_query(
            SQL("SELECT PG_SNAPSHOT_XMIN(PG_CURRENT_SNAPSHOT())::text")
        )
        return xid

    # === COLLECT ===#

    @api.model
    def _collect_changed(self, company, today, changed, aged):
        """Read the figures of all customers and keep those that differ from the stored.

        :param changed: see `_find_changed`, as `aged`
        :return: the stored rows, {partner id: projection} of them and of customers
            without a profile, and what `_write_older` takes of all others
        """
        debts, terms, ids, older = {}, {}, [], []
        query = self._get_compared_sql(company, today, sorted(changed | aged))
        for row in read_dicts(self.env, query):
            if not row["differs"]:
                older.append(row)
                continue
            debts[row["partner_id"]] = terms[row["partner_id"]] = row
            ids += [row["id"]] if row["id"] else []
        rows = ids and self.env["sale.collection.profile"].browse(ids)._read_projection(
            company
        )
        behaviour = self.env["sale.collection.behaviour"]._update_behaviour(
            company, today, rows, changed, aged
        )
        return rows, self._compose(company, debts, behaviour, terms), older

    @api.model
    def _get_compared_sql(self, company, today, anew):
        """Select what customers owe and their terms, beside what is stored of them.

        A row `differs` where more than the age of debts has changed, and has the
        `DEBT_KEYS` and `TERM_KEYS`. Others are there for their average days late, and
        left out where that has not moved either.

        :param anew: ids of the commercial partners whose rows differ in any case
        """
        names = sorted({*DEBT_KEYS, *TERM_KEYS} - set(OLDER_KEYS))
        return SQL(
            """
            WITH compared AS MATERIALIZED (  -- once, not per column
                SELECT present.*, stored.id, stored.refreshed_at, stored.avg_days_late,
                       stored.paid_amount, stored.paid_days_weight,
                       (%(is_same)s) IS NOT TRUE AS differs
                  FROM (%(present)s) present
             LEFT JOIN sale_collection_profile stored
                    ON stored.partner_id = present.partner_id
                   AND stored.company_id = %(company)s
            )
            SELECT partner_id, id, refreshed_at::text, differs, %(older)s, %(names)s
              FROM compared
             WHERE differs
                OR overdue_days_weight > 0
                   AND (ABS((paid_days_weight + overdue_days_weight)
                            / NULLIF(paid_amount + amount_late, 0) - avg_days_late)
                        < %(certain)s) IS NOT TRUE
            """,
            is_same=self._get_same_condition(company, anew),
            present=self._get_present_sql(company, today, anew),
            company=company.id,
            older=columns_sql(OLDER_KEYS),
            names=SQL(", ").join(
                SQL("CASE WHEN differs THEN %s END AS %s", *[SQL.identifier(name)] * 2)
                for name in names
            ),
            certain=CERTAIN,
        )

    @api.model
    def _get_present_sql(self, company, today, anew):
        """Select what all customers owe and their terms, those of `anew` among them."""
        customers = SQL(
            "SELECT partner_id FROM debts UNION SELECT UNNEST(%s::int[]) UNION (%s)",
            format_array(anew),
            self._get_customers_sql(company),
        )
        return SQL(
            """
            WITH debts AS (%(debts)s),
            terms AS MATERIALIZED (%(terms)s)
            SELECT %(terms_columns)s, %(debts_columns)s
              FROM terms
         LEFT JOIN debts USING (partner_id)
            """,
            debts=self.env["sale.collection.debts"]._get_debts_sql(
                company, today, None
            ),
            terms=self._get_terms_sql(company, today, customers),
            terms_columns=columns_sql(("partner_id", *TERM_KEYS), "terms"),
            debts_columns=SQL(", ").join(
                SQL(
                    "COALESCE(debts.%(name)s, %(nothing)s) AS %(name)s",
                    name=SQL.identifier(name),
                    nothing=nothing,
                )
                for name, nothing in NO_DEBTS.items()
            ),
        )

    @api.model
    def _get_same_condition(self, company, anew):
        """Return the condition that `stored` is what `present` would be stored as.

        But for the age of debts. Limit and exclusion are compared by what follows from
        them, see `tools.figures.compose`.
        """
        kept = (*KEPT_DEBTS, *KEPT_TERMS)
        return SQL(
            """
            stored.partner_id <> ALL(%(anew)s::int[])
            AND stored.paid_count IS NOT NULL
            AND (%(present)s) IS NOT DISTINCT FROM (%(stored)s)
            AND stored.amount_collectable =
                CASE WHEN present.excluded THEN 0
                     ELSE GREATEST(0, ROUND((
                         present.amount_overdue - present.amount_disputed
                         - present.amount_promised - present.amount_unapplied
                     )::numeric, %(digits)s))
                END
            AND stored.available_credit IS NOT DISTINCT FROM
                CASE present.credit_policy
                     WHEN 'unlimited' THEN NULL
                     WHEN 'prepay' THEN -present.exposure
                     ELSE ROUND((
                         present.credit_limit + present.extra_limit - present.exposure
                     )::numeric, %(digits)s)
                END
            """,
            anew=format_array(anew),
            present=columns_sql(kept, "present"),
            stored=columns_sql(kept, "stored"),
            digits=company.currency_id.decimal_places,
        )

    @api.model
    def _collect_figures(self, company, today, partner_ids=None):
        """Return {partner id: projection} for customers of a root company.

        :param partner_ids: commercial partners; every customer known when left out
        """
        self.env.flush_all()
        debts = self.env["sale.collection.debts"]._collect_debts(
            company, today, partner_ids
        )
        behaviour = self.env["sale.collection.behaviour"]._collect_behaviour(
            company, today, partner_ids
        )
        if partner_ids is None:
            everyone = self.env.execute_query(self._get_customers_sql(company))
            partner_ids = {row[0] for row in everyone} | {*debts, *behaviour}
        terms = self._collect_terms(company, today, sorted(partner_ids))
        return self._compose(company, debts, behaviour, terms)

    @api.model
    def _compose(self, company, debts, behaviour, terms):
        """Return {partner id: projection} from what was read, for all of `terms`."""
        round_amount = company.currency_id._collection_get_rounding()
        return {
            partner_id: compose(
                debts.get(partner_id, NO_DEBTS),
                behaviour.get(partner_id, NO_BEHAVIOUR),
                term,
                round_amount,
            )
            for partner_id, term in terms.items()
        }

    @api.model
    def _get_customers_sql(self, company):
        """Select the ids of customers that have a profile or a limit of their own."""
        return SQL(
            """
            SELECT partner_id FROM sale_collection_profile WHERE company_id = %s
             UNION
            SELECT id FROM res_partner
             WHERE commercial_partner_id = id AND credit_limit ->> %s IS NOT NULL
            """,
            company.id,
            str(company.id),
        )

    @api.model
    def _collect_terms(self, company, today, partner_ids):
        """Read terms, claims and promises of customers, with a profile or without.

        :return: {partner id: {one of TERM_KEYS: value}}
        """
        chosen = SQL("SELECT UNNEST(%s::int[])", format_array(partner_ids))
        query = self._get_terms_sql(company, today, chosen, partner_ids)
        rows = self.env.execute_query(query)
        return {row[0]: dict(zip(TERM_KEYS, row[1:], strict=True)) for row in rows}

    @api.model
    def _get_terms_sql(self, company, today, chosen, partner_ids=None):
        """Select `partner_id` and `TERM_KEYS`, as `_collect_terms` returns them.

        :param SQL chosen: a query for the ids of the commercial partners
        :param partner_ids: the same as ids. When left out they are all customers, and
            the first invoice date is taken as stored; it moves only when older invoices
            or history come in, which touches the customer
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT partner.id AS partner_id,
                   COALESCE(profile.credit_policy_by_hand, %(policy)s) AS credit_policy,
                   %(limit)s AS credit_limit,
                   COALESCE(profile.guarantee_amount, 0)
                   + CASE WHEN COALESCE(profile.temporary_limit_until, %(today)s)
                               >= %(today)s
                          THEN COALESCE(profile.temporary_limit, 0)
                          ELSE 0 END AS extra_limit,
                   COALESCE(bounced.count, 0) AS bounced_count,
                   %(first)s AS first_invoice_date,
                   COALESCE(disputed.amount, 0) AS amount_disputed,
                   COALESCE(promised.amount, 0) AS amount_promised,
                   record.kept_ratio AS promise_kept_ratio,
                   COALESCE(record.broken, 0) AS broken_promise_count,
                   profile.excluded IS TRUE AS excluded
              FROM res_partner partner
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = partner.id
               AND profile.company_id = %(company)s
         LEFT JOIN (%(bounces)s) bounced ON bounced.partner_id = partner.id
         LEFT JOIN (%(disputed)s) disputed ON disputed.partner_id = partner.id
         LEFT JOIN (%(promised)s) promised ON promised.partner_id = partner.id
         LEFT JOIN (%(record)s) record ON record.partner_id = partner.id
             WHERE partner.id IN (%(chosen)s)
            """,
            policy=profiles._get_first_policy_sql(company),
            limit=profiles._get_limit_sql(company),
            today=today,
            bounces=self._get_bounces_sql(company, today),
            first=self._get_first_invoice_sql(company, partner_ids is None),
            disputed=profiles._get_disputed_sql(company, today, partner_ids),
            promised=profiles._get_promised_sql(company, today, partner_ids),
            record=profiles._get_promise_record_sql(company, partner_ids),
            company=company.id,
            chosen=chosen,
        )

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
            companies=branches_sql(company),
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
            companies=branches_sql(company),
        )
