"""Measures one generated ledger; writes the figures to a file of JSON.

    python -m benchmarks.measure DATABASE PLAIN_DATABASE FILE

PLAIN_DATABASE holds the same ledger without the application: posting and payment are
timed on both in turn, so that whatever else the machine does meets both alike.
"""

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

from .generate import TODAY, make_invoice
from .timer import ROUNDS, middle, seconds, today_is

#: Documents booked on each database; the first ones fill caches and do not count.
BOOKINGS, WARM_UP = 40, 8
CHANGED_SHARE = 20
#: How far back the aging of the past looks.
PAST_DAYS = 182
#: Customers whose figures are asked for in one call; a peer takes seconds for more.
CUSTOMERS_AT_ONCE = 200
WORK_ORDER = "priority desc, amount_overdue desc, id"

OPEN_ITEMS = """
    SELECT line.partner_id, COUNT(*), SUM(line.amount_residual),
           SUM(line.amount_residual) FILTER (WHERE line.date_maturity < %s)
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
     WHERE account.account_type = 'asset_receivable'
       AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
     GROUP BY line.partner_id
"""
BALANCES = """
    SELECT line.partner_id, SUM(line.balance)
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
     WHERE account.account_type = 'asset_receivable'
       AND line.parent_state = 'posted' AND line.date <= %s
     GROUP BY line.partner_id
"""
RECEIPTS = """
    SELECT partner_id, COUNT(*), SUM(amount), SUM(amount * days_late)
      FROM sale_collection_receipt
     WHERE kind = 'cash'
     GROUP BY partner_id
"""


def measure(env, plain):
    """Return {figure: value}; times in seconds."""
    figures = count_rows(env)
    figures |= measure_aggregates(env)
    figures |= measure_night(env)
    figures |= measure_today(env)
    figures |= measure_ledger(env)
    figures |= measure_past(env)
    figures |= measure_live(env)
    figures |= compare_bookings(env, plain)
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def count_rows(env):
    [[customers, lines, receipts]] = env.execute_query(
        SQL(
            """
            SELECT (SELECT COUNT(DISTINCT commercial_partner_id) FROM account_move),
                   (SELECT COUNT(*) FROM account_move WHERE move_type = 'out_invoice'),
                   (SELECT COUNT(*) FROM sale_collection_receipt)
            """
        )
    )
    return {"customers": customers, "invoices": lines, "receipts": receipts}


def measure_aggregates(env):
    """Time what the database needs to add the same rows up, nothing else."""
    return {
        "open_aggregate": middle(lambda: env.execute_query(SQL(OPEN_ITEMS, TODAY))),
        "receipt_aggregate": middle(lambda: env.execute_query(SQL(RECEIPTS))),
    }


def measure_night(env):
    """Time refresh and scoring: the first night, and nights with 5 % changes.

    `refresh` and `score` are on the same day as the night before; `next_day_*` a day
    later, when every debt has become a day older besides.
    """
    profiles = env["sale.collection.profile"]
    first = {
        "first_refresh": seconds(lambda: work(env, profiles._refresh, TODAY)),
        "first_score": seconds(lambda: work(env, profiles._score, TODAY)),
    }
    env.cr.execute("ANALYZE sale_collection_profile")
    env.cr.commit()
    quiet = middle(lambda: work(env, profiles._refresh, TODAY), 3)
    nights = [Night(env, turn, TODAY) for turn in range(ROUNDS)]
    later = [
        Night(env, turn, TODAY + timedelta(days=turn))
        for turn in range(ROUNDS, 2 * ROUNDS)
    ]
    return first | {
        "quiet_refresh": quiet,
        "changed": nights[-1].changed,
        "refresh": median(night.refresh for night in nights),
        "score": median(night.score for night in nights),
        "next_day_refresh": median(night.refresh for night in later),
        "next_day_score": median(night.score for night in later),
    }


def measure_today(env):
    """Time the list of the day: the first order of all customers, and later ones."""
    profiles = env["sale.collection.profile"]
    env.cr.execute("UPDATE sale_collection_profile SET priority = 0, work_hits = NULL")
    env.cr.commit()
    env.invalidate_all()
    first = seconds(lambda: work(env, profiles._rank_work, TODAY))
    env.cr.execute("ANALYZE sale_collection_profile")
    env.cr.commit()
    before = env.cr.sql_log_count
    profiles._rank_work(TODAY)
    queries = env.cr.sql_log_count - before
    one = profiles.search([("priority", ">", 0)], limit=1)
    listed = {"partner_id": {}, "priority": {}, "work_reasons": {}, "call_phone": {}}
    return {
        "first_rank": first,
        "rank": middle(lambda: work(env, profiles._rank_work, TODAY)),
        "rank_queries": queries,
        "rank_one": middle(lambda: one._rank_work(TODAY)),
        "list_today": middle(
            lambda: (
                env.invalidate_all(),
                profiles.web_search_read(
                    [("priority", ">", 0)], listed, limit=80, order=WORK_ORDER
                ),
            )
        ),
    }


class Night:
    """One night after a day on which one customer in twenty paid an instalment."""

    def __init__(self, env, turn, today):
        profiles = env["sale.collection.profile"]
        self.changed = pay_some(env, turn, today)
        self.refresh = seconds(lambda: work(env, profiles._refresh, today))
        self.score = seconds(lambda: work(env, profiles._score, today))


def work(env, call, today):
    """Run one phase of the night, in a transaction."""
    call(today)
    env.cr.commit()
    env.invalidate_all()


def get_receipt_columns(env):
    """Return the columns of the receipt ledger but its id."""
    return [
        name
        for [name] in env.execute_query(
            SQL(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = 'sale_collection_receipt' AND column_name <> 'id'"
            )
        )
    ]


def pay_some(env, turn, today):
    """Let one customer in twenty pay its oldest open instalment; return how many.

    Writes what a payment leaves behind that the night reads: the settled instalment
    and the row of the receipt ledger.
    """
    columns = get_receipt_columns(env)
    new = {
        "line_id": SQL("paid.id"),
        "line_ref": SQL("paid.id"),
        "date": SQL("%s::date", today),
        "days_late": SQL("%s::date - paid.date_maturity", today),
        "due_date": SQL("paid.date_maturity"),
        "amount": SQL("paid.balance"),
        "amount_currency": SQL("paid.amount_currency"),
        "booked_at": SQL("now() AT TIME ZONE 'UTC'"),
    }
    env.cr.execute(
        SQL(
            """
            WITH due AS (
                SELECT MIN(line.id) AS id
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                 WHERE account.account_type = 'asset_receivable'
                   AND line.parent_state = 'posted' AND line.balance > 0
                   AND line.reconciled IS NOT TRUE
                   AND line.partner_id %% %(share)s = %(turn)s
                 GROUP BY line.partner_id
            ), paid AS (
                UPDATE account_move_line line
                   SET amount_residual = 0, amount_residual_currency = 0,
                       reconciled = TRUE
                  FROM due WHERE line.id = due.id
             RETURNING line.*
            )
            INSERT INTO sale_collection_receipt (%(columns)s)
            SELECT %(values)s
              FROM paid
              JOIN LATERAL (
                SELECT * FROM sale_collection_receipt
                 WHERE partner_id = paid.partner_id LIMIT 1) receipt ON TRUE
            """,
            share=CHANGED_SHARE,
            turn=turn,
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            values=SQL(", ").join(
                new.get(name, SQL.identifier("receipt", name)) for name in columns
            ),
        )
    )
    changed = env.cr.rowcount
    env.cr.commit()
    return changed


def measure_past(env):
    """Time the aging of a day long ago, and the figures of 13 month ends."""
    day = TODAY - timedelta(days=PAST_DAYS)
    aging = env["sale.collection.aging"].with_context(sale_collection_as_of=day)
    levels = env["sale.collection.snapshot"]
    with today_is(env, TODAY):
        return {
            "past_aggregate": middle(lambda: env.execute_query(SQL(BALANCES, day))),
            "past_aging": middle(
                lambda: aging._read_group([], ["partner_id"], ["amount:sum"])
            ),
            "levels": middle(
                lambda: levels._read_group([], ["date:month"], ["dso:avg"])
            ),
        }


def measure_ledger(env):
    """Time building the ledger beside inserting the same rows as they are.

    What hangs on its rows (commission) is emptied with it.
    """
    table = SQL.identifier("sale_collection_receipt")
    env.cr.execute(SQL("CREATE TABLE bench_twin AS SELECT * FROM %s", table))
    env.cr.commit()
    bare, build = [], []
    for _turn in range(3):
        env.cr.execute(SQL("TRUNCATE %s CASCADE", table))
        bare.append(
            seconds(
                lambda: env.cr.execute(
                    SQL("INSERT INTO %s SELECT * FROM bench_twin", table)
                )
            )
        )
        env.cr.execute(SQL("TRUNCATE %s CASCADE", table))
        build.append(seconds(env["sale.collection.receipt"]._build))
        env.cr.commit()
    env.cr.execute("DROP TABLE bench_twin; ANALYZE sale_collection_receipt")
    env.cr.commit()
    start = time.perf_counter()
    differences = env["sale.collection.receipt"]._audit(repair=False)
    audit = time.perf_counter() - start
    if differences:
        # Figures of a ledger that is wrong are worth nothing.
        raise SystemExit(f"The ledger differs from the accounting: {differences[:3]}")
    return {"bare_insert": median(bare), "build": median(build), "audit": audit}


def measure_live(env):
    """Time the figures a decision asks for, and those after one payment."""
    profiles = env["sale.collection.profile"].search([])
    partners = profiles.partner_id
    one = partners[len(partners) // 2]
    profile = env["sale.collection.profile"]._for(one)
    profile._get_live_facts(TODAY)
    before = env.cr.sql_log_count
    profile._get_live_facts(TODAY)
    queries = env.cr.sql_log_count - before
    many = partners[:CUSTOMERS_AT_ONCE]
    return {
        "rule_facts": middle(lambda: read_rule_facts(env, one)),
        "rule_facts_many": middle(lambda: read_rule_facts(env, many), 3),
        "live_facts": middle(lambda: profile._get_live_facts(TODAY)),
        "live_queries": queries,
        "live_many": middle(
            lambda: profiles[:CUSTOMERS_AT_ONCE]._get_live_facts(TODAY), 3
        ),
        "touched": middle(
            lambda: env["sale.collection.profile"]._refresh_touched(one, TODAY)
        ),
    }


def read_rule_facts(env, customers):
    """Read what a rule on the credit limit needs of customers: open and ordered."""
    facts = env["sale.collection.order.facts"]
    needs = frozenset({"limit", "credit"})
    rows = facts._prepare_customer_rows(env.company, customers.ids, needs)
    facts._collect(env.company, TODAY, needs, rows)


def compare_bookings(env, plain):
    """Time posting and payment with the application beside core alone."""
    ours, core = Booker(env), Booker(plain)
    pairs = [(ours.book(), core.book()) for _turn in range(BOOKINGS)][WARM_UP:]
    figures = {}
    for place, what in enumerate(("post", "pay")):
        with_app, without = zip(
            *((mine[place], theirs[place]) for mine, theirs in pairs), strict=True
        )
        figures |= {
            f"{what}_core": median(time_ for time_, _count in without),
            f"{what}_app": median(time_ for time_, _count in with_app),
            f"{what}_overhead": 100
            * (
                median(
                    mine[0] / theirs[0]
                    for mine, theirs in zip(with_app, without, strict=True)
                )
                - 1
            ),
            f"{what}_queries": median(count for _time, count in with_app)
            - median(count for _time, count in without),
        }
    return figures


class Booker:
    """Books invoices and their payments on one database, customer after customer."""

    def __init__(self, env):
        self.env = env
        self.partners = iter(
            env["res.partner"].search([("ref", "=like", "C%")], limit=BOOKINGS)
        )

    def book(self):
        """Return (seconds, queries) of posting one invoice and of paying it."""
        invoice = self._draft(next(self.partners))
        post = self._timed(invoice.action_post)
        register = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({})
        )
        return post, self._timed(register._create_payments)

    def _draft(self, partner):
        invoice = make_invoice(self.env, partner, post=False)
        self.env.cr.commit()
        return invoice

    def _timed(self, call):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        taken = seconds(lambda: (call(), self.env.cr.commit()))
        return taken, self.env.cr.sql_log_count - before


def open_environment(database):
    return api.Environment(Registry(database).cursor(), SUPERUSER_ID, {})


if __name__ == "__main__":
    config.parse_config(["-d", sys.argv[1], "--no-http", "--log-level=warn"])
    ours, core = map(open_environment, sys.argv[1:3])
    Path(sys.argv[3]).write_text(json.dumps(measure(ours, core)))
    for env in (ours, core):
        env.cr.close()
