"""What is open today: the one definition that every room reads.

Core's `amount_residual` counts every match, whatever became of it: that with a payment
set to draft, and that with money dated ahead. Here a match counts while both sides are
posted, and from the day both count. A debt of a customer document counts from its
posting, as the goods are gone; everything else, money above all, from its own date.
"""

from odoo.tools import SQL

from .sql import branches_sql, columns_sql, root_company_sql

COLUMNS = (
    "id",
    "move_id",
    "move_name",
    "account_id",
    "company_id",
    "partner_id",
    "currency_id",
    "date",
    "balance",
    "amount_currency",
    "no_followup",
    "reconciled",
)

# What a view over open lines depends on.
DEPENDS = {
    "account.account": ["account_type"],
    "account.move.line": [
        "account_id",
        "amount_residual",
        "amount_residual_currency",
        "balance",
        "company_id",
        "currency_id",
        "date",
        "date_maturity",
        "display_type",
        "matching_number",
        "move_id",
        "parent_state",
        "partner_id",
        "reconciled",
    ],
    "account.partial.reconcile": [
        "amount",
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
        "max_date",
    ],
    "res.company": ["currency_id", "parent_path"],
}

RECEIVABLE_ACCOUNTS = SQL(
    # An array, not a join: thus core's index on open lines is searched account by
    # account, where a join reads every journal item that is not reconciled.
    "ARRAY(SELECT id FROM account_account WHERE account_type = 'asset_receivable')"
)


DATE_DUE = SQL("COALESCE(line.date_maturity, line.date) AS date_due")

# Of an open `line` with its `tolerance`, see `join_tolerance`. What is settled in the
# currency of the invoice is none, whatever the rates left over.
IS_DEBT = SQL("(line.residual > 0 AND line.residual_currency > tolerance.least)")

# An array of the few matched lines of drafts, so that their matches are looked up.
MATCHED_DRAFTS = SQL(
    """ARRAY(SELECT id FROM account_move_line
              WHERE parent_state = 'draft' AND matching_number IS NOT NULL)"""
)


def open_lines_sql(company, today, condition=None, *, has_pending=True):
    """Select the receivable lines of a root company and its branches open on a day.

    The columns are those of `COLUMNS` with `date_due`, `today`, and what is open as
    `residual` and `residual_currency`, negative for unmatched money. A few lines are
    settled here and not in the core's eyes: ask for `residual > 0` or `< 0`.

    :param date today: the day that counts, seldom another than the company's today
    :param SQL condition: on the table `line`, a row of `account_move_line`; given
        here and not on the result, it reaches core's index on open lines
    :param bool has_pending: False where `has_pending_sql` has been asked: planning
        takes longer than reading one customer
    """
    days = _get_branch_days(company, today)
    if not has_pending:
        return _get_settled_lines(days, condition)
    return _get_lines(days, today, condition)


def open_lines_of_sql(todays, condition=None, is_strict=False):
    """Select as `open_lines_sql` does, for companies each with a today of its own.

    :param dict todays: {company id: date}, branches named one by one
    :param bool is_strict: debts too count from their own date, as in the balance
    """
    days = _get_own_days(todays.items())
    return _get_lines(days, min(todays.values()), condition, is_strict)


def open_spans_sql(company_ids, first, last):
    """Select what was open of receivable lines between two past days, with its days.

    One reading of the ledger for any number of days: what was open of a line on a day
    between both, strictly as `open_lines_of_sql` has it, is the sum of `amount` of its
    rows with `since <= day AND day < until`. A row is what one match settled later, or
    what nothing has settled; the columns are `id`, `company_id`, `partner_id`,
    `date_due`, `amount`, `since`, `until` and `is_odd`: the sign is not that of the
    line, as where more was matched than it is worth. What was settled by the first day
    is in no row and, by the index on the dates of matches, is not read.
    """
    return SQL(
        """
        SELECT line.id, line.company_id, line.partner_id, %(date_due)s,
               line.amount_residual AS amount, line.date AS since,
               'infinity'::date AS until,
               SIGN(line.amount_residual) <> SIGN(line.balance) AS is_odd
          FROM account_move_line line
         WHERE line.reconciled IS NOT TRUE
           AND line.account_id = ANY(%(accounts)s)
           AND line.parent_state = 'posted'
           AND line.company_id = ANY(%(companies)s)
           AND line.date - %(last)s::date <= 0
         UNION ALL
        SELECT * FROM (%(matched)s) matched
         WHERE since <= %(last)s
               -- The planner takes it for what holds nearly always, as it does.
           AND ARRAY_POSITION(%(companies)s, company_id) IS NOT NULL
        """,
        date_due=DATE_DUE,
        accounts=RECEIVABLE_ACCOUNTS,
        companies=list(company_ids),
        last=last,
        matched=_get_matched_spans(first),
    )


def join_tolerance(company):
    """Join `tolerance`: its `least` is what the rest of a `line` must exceed.

    In the currency of the invoice, whose smallest units the tolerance counts. In SQL:
    the ORM would read all there is of the company for it. What the company says is
    a value and no join: planning joins takes longer than reading one customer.

    :param company: a root company or a branch of one
    """
    return SQL(
        """
        JOIN (SELECT id AS currency_id, rounding * (0.5 + COALESCE((
                         SELECT root.collection_tolerance
                           FROM res_company company
                           JOIN res_company root ON root.id = %s
                          WHERE company.id = %s
                     ), 0)) AS least
                FROM res_currency
             ) tolerance ON tolerance.currency_id = line.currency_id
        """,
        root_company_sql(),
        company.id,
    )


def pending_sql(company, today, condition=None):
    """Select the matches that do not count on a day, by the line they belong to.

    The columns are `owed_id`, and `amount` and `amount_currency` to add to the
    residuals core has.

    :param SQL condition: on the table `partial`
    """
    return SQL(
        "SELECT owed_id, amount, amount_currency FROM (%s) pending",
        _get_pending(_get_branch_days(company, today), today, condition),
    )


def has_pending_sql(today):
    """Return the condition that there may be matches that do not count on a day."""
    return SQL(
        """(EXISTS (SELECT FROM account_partial_reconcile WHERE max_date > %s)
            OR EXISTS (SELECT FROM account_move_line
                        WHERE parent_state = 'draft' AND matching_number IS NOT NULL))
        """,
        today,
    )


def unsettled_sql(company, today):
    """Return the condition that `line`, whatever its state, is not settled on a day."""
    return SQL(
        "(line.reconciled IS NOT TRUE OR line.id = ANY(ARRAY("
        "SELECT owed_id FROM (%s) pending)))",
        pending_sql(company, today),
    )


def draft_match_sql(partial):
    """Return the condition that a match has a draft on one of its sides.

    :param str partial: alias of `account_partial_reconcile`
    """
    return SQL(
        "(%s = ANY(%s) OR %s = ANY(%s))",
        SQL.identifier(partial, "debit_move_id"),
        MATCHED_DRAFTS,
        SQL.identifier(partial, "credit_move_id"),
        MATCHED_DRAFTS,
    )


def _get_branch_days(company, today):
    return SQL(
        "SELECT id AS company_id, %s::date AS today FROM (%s) branch",
        today,
        branches_sql(company),
    )


def _get_own_days(pairs):
    return SQL(
        "SELECT company_id, today FROM (VALUES %s) AS own (company_id, today)",
        SQL(", ").join(SQL("(%s::int, %s::date)", *pair) for pair in pairs),
    )


def _get_counts(line, is_strict):
    """Return the condition that a posted line counts on `day.today`."""
    if is_strict:
        # Not a comparison of the column: the index on accounts and dates would be
        # searched for all of the past, and not core's index on open lines.
        return SQL("%s - day.today <= 0", SQL.identifier(line, "date"))
    return SQL(
        "(%s <= day.today OR %s = 'payment_term' AND %s > 0)",
        SQL.identifier(line, "date"),
        SQL.identifier(line, "display_type"),
        SQL.identifier(line, "balance"),
    )


def _get_settled_lines(days, condition):
    """Select open lines where every match counts: as core has them."""
    return SQL(
        """
        SELECT %(columns)s, %(date_due)s, day.today,
               line.amount_residual AS residual,
               line.amount_residual_currency AS residual_currency
          FROM account_move_line line
          JOIN (%(days)s) day ON day.company_id = line.company_id
         WHERE line.reconciled IS NOT TRUE AND %(conditions)s
        """,
        columns=columns_sql(COLUMNS, "line"),
        date_due=DATE_DUE,
        days=days,
        conditions=_get_conditions(condition),
    )


def _get_lines(days, since, condition, is_strict=False):
    # Two selections and not one with OR, which no index would serve.
    return SQL(
        """
        WITH day AS (%(days)s),
        pending AS MATERIALIZED (%(pending)s)
        SELECT %(columns)s
          FROM account_move_line line
          JOIN day ON day.company_id = line.company_id
     LEFT JOIN pending
            ON pending.owed_id = line.id AND pending.today = day.today
         WHERE line.reconciled IS NOT TRUE AND %(conditions)s
         UNION ALL
        SELECT %(columns)s
          FROM pending
          JOIN account_move_line line ON line.id = pending.owed_id
          JOIN day ON day.company_id = line.company_id AND day.today = pending.today
         WHERE line.reconciled AND %(conditions)s
        """,
        days=days,
        pending=_get_pending(
            days, since, SQL("side.date <= day.today") if is_strict else None, is_strict
        ),
        columns=SQL(
            """
            %s, %s, day.today,
            line.amount_residual + COALESCE(pending.amount, 0) AS residual,
            line.amount_residual_currency + COALESCE(pending.amount_currency, 0)
                AS residual_currency
            """,
            columns_sql(COLUMNS, "line"),
            DATE_DUE,
        ),
        conditions=_get_conditions(condition, is_strict),
    )


def _get_conditions(condition, is_strict=False):
    return SQL(
        "line.account_id = ANY(%s) AND line.parent_state = 'posted' AND %s AND %s",
        RECEIVABLE_ACCOUNTS,
        _get_counts("line", is_strict),
        condition or SQL("TRUE"),
    )


def _get_pending(days, since, condition=None, is_strict=False):
    return SQL(
        """
        SELECT side.owed_id, day.today, SUM(side.amount) AS amount,
               SUM(side.amount_currency) AS amount_currency
          FROM account_partial_reconcile partial
          JOIN account_move_line debit ON debit.id = partial.debit_move_id
          JOIN account_move_line credit ON credit.id = partial.credit_move_id
    CROSS JOIN LATERAL (VALUES
               (debit.id, debit.company_id, debit.date, partial.amount,
                partial.debit_amount_currency),
               (credit.id, credit.company_id, credit.date, -partial.amount,
                -partial.credit_amount_currency)
               ) AS side (owed_id, company_id, date, amount, amount_currency)
          JOIN (%(days)s) day ON day.company_id = side.company_id
         WHERE (partial.max_date > %(since)s OR %(is_draft)s)
           AND debit.account_id = ANY(%(accounts)s)
           AND NOT (debit.parent_state = 'posted' AND credit.parent_state = 'posted'
                    AND %(debit_counts)s AND %(credit_counts)s)
           AND %(condition)s
         GROUP BY side.owed_id, day.today
        """,
        days=days,
        since=since,
        is_draft=draft_match_sql("partial"),
        accounts=RECEIVABLE_ACCOUNTS,
        debit_counts=_get_counts("debit", is_strict),
        credit_counts=_get_counts("credit", is_strict),
        condition=condition or SQL("TRUE"),
    )


def _get_matched_spans(first):
    """Select what matches settled after a day, by the one line that waited for it.

    That is the posted side, of two the earlier one: open until the later one came, the
    `max_date` core keeps. So one of both sides is older than that, and lines are read
    once for debits and credits.
    """
    sides = SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT %(line)s AS line_id, %(sign)s * partial.amount AS amount,
                   CASE WHEN %(is_draft)s THEN 'infinity' ELSE partial.max_date END
                       AS until
              FROM account_partial_reconcile partial
             WHERE partial.max_date > %(first)s OR %(is_draft)s
            """,
            line=SQL.identifier("partial", line),
            sign=sign,
            first=first,
            is_draft=draft_match_sql("partial"),
        )
        for line, sign in (("debit_move_id", 1), ("credit_move_id", -1))
    )
    return SQL(
        """
        SELECT line.id, line.company_id, line.partner_id, %(date_due)s, side.amount,
               line.date AS since, side.until,
               SIGN(side.amount) <> SIGN(line.balance) AS is_odd
          FROM (%(sides)s) side
          JOIN account_move_line line ON line.id = side.line_id
         WHERE line.account_id = ANY(%(accounts)s)
           AND line.parent_state = 'posted'
           AND line.date < side.until
        """,
        date_due=DATE_DUE,
        sides=sides,
        accounts=RECEIVABLE_ACCOUNTS,
    )
