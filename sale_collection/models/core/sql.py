"""SQL that every room needs, each said once."""

from odoo.tools import SQL


def branches_sql(company):
    """Return a query for the ids of a company and its branches, for `IN (%s)`.

    By its id alone: people of a branch may not read its root.
    """
    return SQL(
        "SELECT id FROM res_company WHERE '/' || parent_path LIKE %s",
        f"%/{company.id}/%",
    )


def root_company_sql(company="company"):
    """Return SQL for the id of the root company.

    :param str company: alias of `res_company`
    """
    return SQL("SPLIT_PART(%s, '/', 1)::int", SQL.identifier(company, "parent_path"))


def columns_sql(names, table=None):
    """Return SQL of the names of columns, with the alias of their table if given."""
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def is_one_sql(column):
    """Return the condition that a group has no two values of a column.

    `COUNT(DISTINCT ...)` would sort all its rows, on one processor.
    """
    return SQL("MIN(%s) IS NOT DISTINCT FROM MAX(%s)", column, column)


def read_dicts(env, query):
    """Return the rows of a query as dicts: `execute_query_dict` for many rows.

    That one asks the cursor for the name of every value; here each is asked once.
    """
    rows = env.execute_query(query)
    names = [column.name for column in env.cr.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


def update_rows(env, table, columns, rows, common=None, unchanged=None):
    """Update rows of a table, each to values of its own, with one statement.

    Locks the rows in the order of their ids first, so that two sessions wait for each
    other instead of locking each other out. Goes past the ORM: the caller flushes
    before and invalidates after.

    >>> update_rows(  # doctest: +SKIP
    ...     env, "sale_order", {"note": "text"}, [(7, "a"), (8, "b")]
    ... )

    :param dict columns: {column: SQL type} of what differs from row to row
    :param rows: tuples of the id, the values of `columns` and those of `unchanged`
    :param dict common: {column: value} that is the same for all rows
    :param dict unchanged: {column: SQL type}; a row whose stored values are not those
        given is newer than what the caller knows, and is left alone
    """
    if not rows:
        return
    rows = sorted(rows, key=lambda row: row[0])
    env.cr.execute(
        SQL(
            "SELECT FROM %s WHERE id = ANY(%s::int[]) ORDER BY id FOR NO KEY UPDATE",
            SQL.identifier(table),
            format_array(row[0] for row in rows),
        )
    )
    seen = {f"seen_{name}": kind for name, kind in (unchanged or {}).items()}
    given = {"id": "int", **columns, **seen}
    assignments = [SQL("%s = given.%s", *_twice(name)) for name in columns]
    assignments += [
        SQL("%s = %s", SQL.identifier(name), value)
        for name, value in (common or {}).items()
    ]
    env.cr.execute(
        SQL(
            """
            UPDATE %(table)s stored
               SET %(assignments)s
              FROM UNNEST(%(arrays)s) AS given (%(names)s)
             WHERE stored.id = given.id %(conditions)s
            """,
            table=SQL.identifier(table),
            assignments=SQL(", ").join(assignments),
            arrays=_arrays_sql(rows, given.values()),
            names=columns_sql(given),
            conditions=SQL(" ").join(_unchanged_sql(name) for name in unchanged or ()),
        )
    )


def insert_rows(env, table, columns, rows, common=None):
    """Insert rows with one statement, past the ORM, and return their ids.

    :param dict columns: {column: SQL type} of what differs from row to row
    :param rows: tuples of the values of `columns`
    :param dict common: {column: value} that is the same for all rows
    """
    if not rows:
        return []
    common = common or {}
    inserted = env.execute_query(
        SQL(
            "INSERT INTO %(table)s (%(names)s) SELECT %(values)s"
            " FROM UNNEST(%(arrays)s) AS given (%(given)s) RETURNING id",
            table=SQL.identifier(table),
            names=columns_sql([*columns, *common]),
            values=SQL(", ").join([SQL("given.*"), *common.values()]),
            arrays=_arrays_sql(rows, columns.values()),
            given=columns_sql(columns),
        )
    )
    return [row[0] for row in inserted]


def _arrays_sql(rows, kinds):
    """Return the columns of rows as typed arrays."""
    columns = zip(zip(*rows, strict=True), kinds, strict=True)
    return SQL(", ").join(
        SQL("%s::%s[]", format_array(values), SQL(kind)) for values, kind in columns
    )


def format_array(values):
    """Return values as the text of an array.

    The driver takes three times as long to adapt each of them.

    >>> format_array([1, 2.5, None, 'a "b" c'])
    '{1,2.5,NULL,"a \\\\"b\\\\" c"}'
    """
    return "{" + ",".join(map(_format_item, values)) + "}"


def _format_item(value):
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _unchanged_sql(name):
    return SQL(
        "AND stored.%s IS NOT DISTINCT FROM given.%s",
        SQL.identifier(name),
        SQL.identifier(f"seen_{name}"),
    )


def _twice(name):
    return SQL.identifier(name), SQL.identifier(name)
