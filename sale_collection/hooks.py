from odoo.tools import SQL

from .models.core.planner import tell_planner


def post_init_hook(env):
    """Fill the ledger from the reconciliations the database already has.

    The money it shows is no news: nobody is told of it.
    """
    receipts = env["sale.collection.receipt"]
    tell_planner(env, receipts._table, receipts._build())
    env["sale.collection.money.notice"]._skip_present()


def uninstall_hook(env):
    """Let the records of the data files be deleted in any order."""
    drop_restrictions(env, "sale_collection")


def drop_restrictions(env, addon):
    """Drop the RESTRICT foreign keys from and to the tables of an addon.

    An uninstall deletes the records of the addon's data files one by one, and drops
    the tables after that. Records in use, such as grades, could not be deleted, and
    the log would have an error for each.
    """
    tables = [
        model._table
        for model in env.registry.values()
        if model._original_module == addon and model._auto and not model._abstract
    ]
    keys = env.execute_query(
        SQL(
            """
            SELECT conrelid::regclass::text, conname
              FROM pg_constraint
             WHERE contype = 'f'
               AND confdeltype IN ('r', 'a')
               AND %(tables)s && ARRAY[conrelid::regclass::text,
                                       confrelid::regclass::text]
            """,
            tables=tables,
        )
    )
    for table, key in keys:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(key),
            )
        )
