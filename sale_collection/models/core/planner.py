"""What PostgreSQL is told about tables that were filled in bulk."""

from odoo.tools import SQL

# So many rows at once make the planner's figures of a table useless.
BULK = 1000


def tell_planner(env, table, appended):
    """Have what follows in this transaction planned by the rows a bulk fill brought.

    Until a table is analysed the planner takes it for what it was: joins of rows from
    this transaction, or of a fresh database, then become loops over all of them. Few
    rows change no plan, nor does growth by less than a fifth.

    :param str table: one of our own
    :param int appended: rows inserted since
    """
    if appended < BULK:
        return
    [[known]] = env.execute_query(
        SQL("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", table)
    )
    if appended > known / 2:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
