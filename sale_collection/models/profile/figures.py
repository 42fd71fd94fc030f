from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.figures import NO_BEHAVIOUR, NO_DEBTS, TERM_KEYS, compose
from ..core.planner import tell_planner
from ..core.sql import branches_sql

# Months a bounced payment is held against a customer.
BOUNCE_MONTHS = 12

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
        rows = profiles._read_projection(company)
        behaviour = self.env["sale.collection.behaviour"]._update_behaviour(
            company, today, rows
        )
        figures = self._collect_figures(company, today, behaviour=behaviour)
        missing = figures.keys() - {row["partner_id"] for row in rows}
        if missing:
            made = profiles._make(company, missing)
            tell_planner(self.env, made._table, len(made))
            rows += made._read_projection(company)
        written = profiles._write_changed(rows, figures, read_at)
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_company
                   SET collection_refreshed_at = %s,
                       collection_refreshed_for = %s,
                       collection_refreshed_xid = %s
                 WHERE id = %s
                """,
                read_at,
                today,
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
    def _collect_figures(self, company, today, partner_ids=None, behaviour=None):
        """Return {partner id: projection} for customers of a root company.

        :param partner_ids: commercial partners; every customer known when left out
        :param behaviour: result of `_collect_behaviour` when there is one already
        """
        self.env.flush_all()
        debts = self.env["sale.collection.debts"]._collect_debts(
            company, today, partner_ids
        )
        if behaviour is None:
            behaviour = self.env["sale.collection.behaviour"]._collect_behaviour(
                company, today, partner_ids
            )
        everyone = partner_ids is None
        if everyone:
            partner_ids = self._find_customers(company) | {*debts, *behaviour}
        terms = self._collect_terms(company, today, sorted(partner_ids), everyone)
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
    def _find_customers(self, company):
        """Return the ids of customers that have a profile or a limit of their own."""
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
        profiles = self.env["sale.collection.profile"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id,
                       COALESCE(profile.credit_policy_by_hand, %(policy)s),
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
                policy=profiles._get_first_policy_sql(company),
                limit=profiles._get_limit_sql(company),
                today=today,
                bounces=self._get_bounces_sql(company, today),
                first=self._get_first_invoice_sql(company, trust_stored),
                disputed=profiles._get_disputed_sql(company, today, partner_ids),
                promised=profiles._get_promised_sql(company, today, partner_ids),
                record=profiles._get_promise_record_sql(company, partner_ids),
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
