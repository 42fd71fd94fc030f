from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.backtest import SERIOUS_DAYS
from ...tools.figures import BEHAVIOUR_KEYS, TREND_DAYS
from ...tools.record import HALF_LIFE, LEAST_DAYS, MOST_DAYS
from ..core.open_line import IS_DEBT, join_tolerance, open_lines_sql
from ..core.sql import branches_sql
from ..ledger.judged_due import join_moved, judged_due

# Nights in which every customer is read again, whether anything happened or not.
ROTATION = 28


class SaleCollectionBehaviour(models.AbstractModel):
    """Reads how customers have paid: receipts and imported trade history alike."""

    _name = "sale.collection.behaviour"
    _description = "Payment behaviour of customers"

    @api.model
    def _collect_behaviour(self, company, today, partner_ids=None):
        """Read how customers paid, in one query.

        A paid instalment is one unit however many payments it took. It is judged by
        its last money, the day the customer was through with it, whether or not that
        left a rest within the tolerance.

        :return: {partner id: {one of BEHAVIOUR_KEYS: value}}; `*_days_weight` are
            sums of amounts x days late over the money of `*_amount`, `recent_*` those
            of the last 90 days
        """
        grace = company.collection_grace_days
        rows = self.env.execute_query(
            SQL(
                """
                WITH owing AS MATERIALIZED (%(owing)s),
                instalment AS MATERIALIZED (  -- weekday and fading: once, not per sum
                    SELECT *, %(fading)s AS fading,
                           EXTRACT(isodow FROM paid_on - days_after_due)::int AS weekday
                      FROM (%(receipts)s UNION ALL %(history)s) paid
                )
                SELECT partner_id,
                       COUNT(*) FILTER (WHERE settled),
                       COUNT(*) FILTER (WHERE settled AND days_late > excused),
                       COUNT(*) FILTER (WHERE settled AND short),
                       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days_late)
                           FILTER (WHERE settled),
                       SUM(amount), SUM(weight),
                       SUM(recent_amount), SUM(recent_weight),
                       MAX(paid_on),
                       %(record)s
                  FROM instalment
                 GROUP BY partner_id
                """,
                fading=self._get_fading_sql(today),
                record=self._get_record_sums(),
                owing=self._get_owing_sql(company, today, partner_ids),
                receipts=self._get_receipt_sql(company, today, partner_ids, grace),
                history=self._get_history_sql(company, today, partner_ids, grace),
            )
        )
        return {row[0]: dict(zip(BEHAVIOUR_KEYS, row[1:], strict=True)) for row in rows}

    @api.model
    def _get_fading_sql(self, today):
        """Return the weight of an instalment: half for every month it is back."""
        return SQL(
            "CASE WHEN settled THEN POWER(2, (paid_on - %s) / %s::float8) END",
            today,
            HALF_LIFE,
        )

    @api.model
    def _get_record_sums(self):
        """Return the aggregates that tell when the next instalment is paid.

        They count from the printed due date, and apart for instalments due on a day
        off and by weekday: the same as `tools.record.Tally`, in SQL. The weights of
        the last one are `fading`; the latest payment counts once more with 0.
        """
        day_off = SQL("settled AND days_after_due > days_late")
        return SQL(
            """
            COUNT(*) FILTER (WHERE settled AND days_after_due > 0),
            COUNT(*) FILTER (WHERE settled AND days_after_due > %(serious)s),
            COUNT(*) FILTER (WHERE %(day_off)s),
            COUNT(*) FILTER (WHERE %(day_off)s AND days_after_due > 0),
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days_late)
                FILTER (WHERE %(day_off)s),
            CONCAT_WS(',', %(weekday_paid)s),
            CONCAT_WS(',', %(weekday_after_due)s),
            EXP(AVG(LN(GREATEST(amount, 0.01)::float8)) FILTER (WHERE settled)),
            SUM(fading * LEAST(%(most)s, GREATEST(%(least)s, days_late)))
                / (SUM(fading) + MAX(fading))
            """,
            serious=SERIOUS_DAYS,
            day_off=day_off,
            weekday_paid=self._get_weekday_counts(SQL("settled")),
            weekday_after_due=self._get_weekday_counts(
                SQL("settled AND days_after_due > 0")
            ),
            least=LEAST_DAYS,
            most=MOST_DAYS,
        )

    @api.model
    def _get_weekday_counts(self, condition):
        """Return the counts of instalments due on Monday, Tuesday and so on."""
        return SQL(", ").join(
            SQL("COUNT(*) FILTER (WHERE weekday = %s AND %s)", day, condition)
            for day in range(1, 8)
        )

    @api.model
    def _update_behaviour(self, company, today, rows, changed, aged):
        """Like `_collect_behaviour`, but reads only who changed.

        :param rows: the projection of profiles as stored, all those of `aged` at least
        :param changed: see `_find_changed`, as `aged`
        """
        stored = {row["partner_id"]: row for row in rows}
        changed = changed | aged - stored.keys()
        known = {key: row for key, row in stored.items() if key not in changed}
        recent = self._collect_recent(company, today, sorted(aged - changed))
        for partner_id, sums in recent.items():
            known[partner_id] = known[partner_id] | sums
        return known | self._collect_behaviour(company, today, sorted(changed))

    @api.model
    def _find_changed(self, company, today):
        """Find the customers whose behaviour may differ from what is stored.

        They have rows written since the last night, by whichever statement, or money
        dated ahead whose day has come. In each night a part of all customers joins
        them, so that nothing can stay wrong for longer than four weeks. Of others
        only the days of the trend have moved past some of their money.

        :return: the ids of the changed ones, and of those with money that leaves the
            trend alone; None when all have to be read
        """
        profiles = self.env["sale.collection.profile"]
        since, last = company.collection_refreshed_xid, company.collection_refreshed_for
        age = self._get_transaction_age(since) if since and last <= today else -1
        if age < 0:
            return None
        gone = timedelta(days=TREND_DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, BOOL_OR(is_changed)
                  FROM (
                    SELECT receipt.partner_id,
                           (%(receipt_written)s OR %(receipt_came)s) AS is_changed
                      FROM sale_collection_receipt receipt
                     WHERE receipt.company_id IN (%(companies)s)
                       AND receipt.partner_id IS NOT NULL
                       AND (%(receipt_written)s OR %(receipt_came)s
                            OR receipt.date > %(from)s AND receipt.date <= %(to)s)
                     UNION ALL
                    SELECT contact.commercial_partner_id, %(history_written)s
                      FROM sale_collection_history history
                      JOIN res_partner contact ON contact.id = history.partner_id
                     WHERE history.company_id = %(company)s
                       AND (%(history_written)s
                            OR history.paid_date > %(from)s
                               AND history.paid_date <= %(to)s)
                     UNION ALL
                    SELECT partner_id, TRUE
                      FROM sale_collection_profile
                     WHERE company_id = %(company)s
                       AND (paid_amount IS NULL OR weekday_paid IS NULL
                            OR partner_id %% %(rotation)s = %(turn)s)
                  ) found
                 GROUP BY partner_id
                """,
                companies=profiles._get_companies_sql(company),
                company=company.id,
                receipt_written=self._get_written_condition("receipt", age),
                receipt_came=SQL(
                    "receipt.date > %s AND receipt.date <= %s", last, today
                ),
                history_written=self._get_written_condition("history", age),
                rotation=ROTATION,
                turn=today.toordinal() % ROTATION,
                **{"from": last - gone, "to": today - gone},
            )
        )
        changed = {partner_id for partner_id, is_changed in rows if is_changed}
        return changed, {partner_id for partner_id, __ in rows} - changed

    @api.model
    def _collect_recent(self, company, today, partner_ids):
        """Return {partner id: the sums over the money of the last 90 days}."""
        profiles = self.env["sale.collection.profile"]
        since = today - timedelta(days=TREND_DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, SUM(amount), SUM(weight)
                  FROM (
                    SELECT partner_id, amount, weight FROM (%(money)s) money
                     UNION ALL
                    SELECT contact.commercial_partner_id, history.amount_company,
                           history.amount_company * history.days_late
                      FROM sale_collection_history history
                      JOIN res_partner contact ON contact.id = history.partner_id
                     WHERE history.company_id = %(company)s
                       AND history.paid_date > %(since)s
                       AND %(customers)s
                  ) paid
                 GROUP BY partner_id
                """,
                money=self._get_money_sql(company, today, partner_ids, since),
                company=company.id,
                since=since,
                customers=profiles._get_customer_condition(
                    SQL("contact.commercial_partner_id"), partner_ids
                ),
            )
        )
        sums = dict.fromkeys(partner_ids, (0, 0)) | {row[0]: row[1:] for row in rows}
        return {
            partner_id: {"recent_amount": amount, "recent_days_weight": weight}
            for partner_id, (amount, weight) in sums.items()
        }

    @api.model
    def _get_written_condition(self, table, age):
        """Return the condition that a row was written in the last `age` transactions.

        PostgreSQL's own mark on each row tells: it needs no index, and sees what
        plain statements wrote as well.
        """
        return SQL("AGE(%s) <= %s", SQL.identifier(table, "xmin"), age)

    @api.model
    def _get_transaction_age(self, xid):
        """Return how many transactions ago this one was; negative when not known.

        A database restored elsewhere counts transactions from another start.
        """
        [[age]] = self.env.execute_query(
            SQL(
                "SELECT PG_SNAPSHOT_XMAX(PG_CURRENT_SNAPSHOT())::text::bigint - %s",
                int(xid),
            )
        )
        return age

    @api.model
    def _get_owing_sql(self, company, today, partner_ids):
        """Select the ids of receivable lines that are not settled.

        What has a rest within the tolerance is.
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            "SELECT line.id FROM (%s) line %s WHERE %s",
            open_lines_sql(company, today, profiles._get_line_condition(partner_ids)),
            join_tolerance(company),
            IS_DEBT,
        )

    @api.model
    def _get_receipt_sql(self, company, today, partner_ids, grace):
        """Select the instalments of the ledger that have received money.

        Receipts that were undone do not count. An instalment still open has received
        money but is not `settled`. `excused` are the days that are not held against
        the customer: grace and our own fault.
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT money.partner_id, money.days_late, money.days_after_due,
                   money.paid_on, money.short,
                   money.amount, money.weight,
                   money.recent_amount, money.recent_weight,
                   %(grace)s + COALESCE(fault.days, 0) AS excused,
                   owing.id IS NULL AS settled
              FROM (%(money)s) AS money
         LEFT JOIN owing ON owing.id = money.line_ref
         LEFT JOIN (%(faults)s) fault ON fault.line_id = money.line_ref
            """,
            money=self._get_money_sql(company, today, partner_ids),
            grace=grace,
            faults=profiles._get_fault_sql(company, partner_ids),
        )

    @api.model
    def _get_money_sql(self, company, today, partner_ids, since=None):
        """Select the live receipts of each instalment up to today, added up.

        :param date since: only of later days
        """
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT receipt.partner_id, receipt.line_ref,
                   MAX(receipt.days_late) FILTER (WHERE kind = 'cash') AS days_late,
                   MAX(COALESCE(receipt.date - receipt.due_date, receipt.days_late))
                       FILTER (WHERE kind = 'cash') AS days_after_due,
                   MAX(receipt.date) FILTER (WHERE kind = 'cash') AS paid_on,
                   BOOL_OR(%(is_short)s) AS short,
                   %(sums)s
              FROM sale_collection_receipt receipt
             WHERE receipt.kind IN ('cash', 'write_off')
               AND receipt.amount > 0
               AND receipt.date <= %(today)s
               AND %(later)s
               AND receipt.reversal_of_id IS NULL
               AND NOT EXISTS (
                   SELECT FROM sale_collection_receipt undo
                    WHERE undo.reversal_of_id = receipt.id
               )
               AND receipt.company_id IN (%(companies)s)
               AND %(customers)s
             GROUP BY receipt.partner_id, receipt.line_ref
            HAVING BOOL_OR(kind = 'cash')
            """,
            today=today,
            later=SQL("receipt.date > %s", since) if since else SQL("TRUE"),
            is_short=self._get_short_sql(),
            sums=self._get_money_sums(today),
            companies=profiles._get_companies_sql(company),
            customers=profiles._get_customer_condition(
                SQL("receipt.partner_id"), partner_ids
            ),
        )

    @api.model
    def _get_short_sql(self):
        """Return the condition that `receipt` is a rest our side gave up.

        Extension point: what the bank kept looks alike, see decision 46.
        """
        return SQL("receipt.kind = 'write_off'")

    @api.model
    def _get_money_sums(self, today):
        """Return the sums over receipts that the averages are made of."""
        cash = SQL("kind = 'cash'")
        recent = SQL(
            "kind = 'cash' AND receipt.date > %s", today - timedelta(days=TREND_DAYS)
        )
        amount = SQL("receipt.amount")
        weight = SQL("receipt.amount * receipt.days_late")
        return SQL(
            """
            SUM(%(amount)s) FILTER (WHERE %(cash)s) AS amount,
            SUM(%(weight)s) FILTER (WHERE %(cash)s) AS weight,
            COALESCE(SUM(%(amount)s) FILTER (WHERE %(recent)s), 0) AS recent_amount,
            COALESCE(SUM(%(weight)s) FILTER (WHERE %(recent)s), 0) AS recent_weight
            """,
            cash=cash,
            recent=recent,
            amount=amount,
            weight=weight,
        )

    @api.model
    def _get_history_sql(self, company, today, partner_ids, grace):
        """Select the paid invoices of past systems, in the shape of receipts."""
        profiles = self.env["sale.collection.profile"]
        return SQL(
            """
            SELECT contact.commercial_partner_id, history.days_late,
                   history.paid_date - history.due_date, history.paid_date,
                   FALSE,
                   history.amount_company,
                   history.amount_company * history.days_late,
                   CASE WHEN history.paid_date > %(since)s
                        THEN history.amount_company ELSE 0 END,
                   CASE WHEN history.paid_date > %(since)s
                        THEN history.amount_company * history.days_late
                        ELSE 0 END,
                   %(grace)s,
                   TRUE
              FROM sale_collection_history history
              JOIN res_partner contact ON contact.id = history.partner_id
             WHERE history.paid_date IS NOT NULL
               AND history.company_id = %(company)s
               AND %(customers)s
            """,
            since=today - timedelta(days=TREND_DAYS),
            grace=grace,
            company=company.id,
            customers=profiles._get_customer_condition(
                SQL("contact.commercial_partner_id"), partner_ids
            ),
        )

    @api.model
    def _get_trade_sql(self, company, partner_ids=None):
        """Select every instalment that was or will be paid with money.

        :param partner_ids: commercial partners; all when left out
        """
        self.env.flush_all()
        profiles = self.env["sale.collection.profile"]
        today = company._collection_today()
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   COALESCE(move.invoice_date, line.date) AS issued,
                   %(due)s AS due,
                   CASE WHEN owing.id IS NULL THEN money.paid_on END AS paid,
                   money.days_late,
                   COALESCE(money.short, FALSE) AS short,
                   line.balance::float8 AS amount
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner contact ON contact.id = line.partner_id
         LEFT JOIN (%(money)s) AS money ON money.line_ref = line.id
         LEFT JOIN (%(owing)s) AS owing ON owing.id = line.id
              %(moved)s
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id IN (%(companies)s)
               AND line.parent_state = 'posted'
               AND line.balance > 0
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND (owing.id IS NOT NULL OR money.paid_on IS NOT NULL)
               AND %(customers)s
         UNION ALL
            SELECT contact.commercial_partner_id, history.invoice_date,
                   history.due_date, history.paid_date, history.days_late, FALSE,
                   history.amount_company::float8
              FROM sale_collection_history history
              JOIN res_partner contact ON contact.id = history.partner_id
             WHERE history.company_id = %(company)s
               AND history.paid_date IS NOT NULL
               AND %(customers)s
            """,
            due=judged_due(SQL("COALESCE(line.date_maturity, line.date)")),
            moved=join_moved(SQL("line.id")),
            owing=self._get_owing_sql(company, today, partner_ids),
            money=self._get_money_sql(company, today, partner_ids),
            accounts=profiles._get_receivable_accounts_sql(),
            companies=branches_sql(company),
            company=company.id,
            customers=profiles._get_customer_condition(
                SQL("contact.commercial_partner_id"), partner_ids
            ),
        )
