"""Asking for, and inserting, as many rows as there are payments."""

from io import StringIO

from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.planner import tell_planner
from odoo.addons.sale_collection.models.core.sql import columns_sql, format_array


def ids_sql(ids):
    """SQL array of ids, as one text: a literal each takes longer than the query."""
    return SQL("%s::int[]", format_array(ids))


def append_rows(env, table, names, rows, **same):
    """Insert rows of codes and figures, but for those a unique index has already.

    When another session has booked one of them since, PostgreSQL raises a
    serialization error, which callers retry, and no violated index.

    :param names: the columns of `rows`; nothing in them is escaped
    :param same: {column: value} that all rows have
    """
    if not rows:
        return
    columns = columns_sql(names)
    env.cr.execute(
        SQL(
            "CREATE TEMPORARY TABLE collection_new_row ON COMMIT DROP AS"
            " SELECT %s FROM %s LIMIT 0",
            columns,
            SQL.identifier(table),
        )
    )
    lines = StringIO("\n".join(["\t".join(map(str, row)) for row in rows]))
    env.cr.copy_expert("COPY collection_new_row FROM STDIN (NULL 'None')", lines)
    env.cr.execute(
        SQL(
            """
            INSERT INTO %s (%s) SELECT %s FROM collection_new_row
                ON CONFLICT DO NOTHING;
            DROP TABLE collection_new_row
            """,
            SQL.identifier(table),
            columns_sql([*names, *same]),
            SQL(", ").join([columns, *(SQL("%s", value) for value in same.values())]),
        )
    )
    tell_planner(env, table, len(rows))
