"""Asking for, and inserting, as many rows as there are payments."""

from io import StringIO

from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.planner import tell_planner


def ids_sql(ids):
    """SQL array of ids, as one text: a literal each takes longer than the query."""
    joined = ",".join(map(str, ids))
    return SQL("%s::int[]", f"{{{joined}}}")


def append_rows(env, table, names, rows, **same):
    """Insert rows of codes and figures, but for those a unique index has already.

    When another session has booked one of them since, PostgreSQL raises a
    serialization error, which callers retry, and no violated index.

    :param names: the columns of `rows`; nothing in them is escaped
    :param same: {column: value} that all rows have
    """
    if not rows:
        return
    columns = SQL(", ").join(map(SQL.identifier, names))
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
            SQL(", ").join([columns, *map(SQL.identifier, same)]),
            SQL(", ").join([columns, *(SQL("%s", value) for value in same.values())]),
        )
    )
    tell_planner(env, table, len(rows))
