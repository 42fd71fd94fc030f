"""Whose transaction it is, and what can be undone inside it."""

from contextlib import contextmanager

import psycopg2

from odoo.exceptions import ConcurrencyError

# Another session wrote the same rows first. To try again in the same transaction is
# of no use: it still sees what it saw. Its owner starts it over.
CONFLICTS = (ConcurrencyError, psycopg2.OperationalError)

# On the cursor and not in the context: any client sends the context it likes.
_MARK = "_sale_collection_is_owned"


@contextmanager
def own_transaction(env):
    """Let `commit_batch` commit inside this block.

    Only for entry points of scheduled actions: they work on a cursor of their own.
    """
    with _mark(env.cr, True):
        yield


def owns_transaction(env):
    """Return whether this work may commit and roll back on its own."""
    return getattr(env.cr, _MARK, False)


def commit_batch(env, done=0, remaining=None):
    """Commit if the transaction is ours, else leave that to the caller.

    :param int done: batches done since the last commit
    :param int remaining: batches left, for the scheduler
    :return: seconds the scheduler has left, infinity where it does not run this
    """
    if not owns_transaction(env):
        return float("inf")
    return env["ir.cron"]._commit_progress(done, remaining=remaining)


@contextmanager
def savepoint(env):
    """Undo the block where it raises. Nothing inside it commits."""
    with _mark(env.cr, False), env.cr.savepoint():
        yield


def do_all_or_each(env, items, do, on_error):
    """Do items at once; where that fails in halves, at last one by one.

    >>> done = do_all_or_each(env, orders, judge, log)  # doctest: +SKIP
    >>> done  # the third of four failed                # doctest: +SKIP
    [(sale.order(1, 2), 2), (sale.order(4,), 1)]

    :param items: records or a list
    :param do: function of some of the items; each call is undone where it raises
    :param on_error: function of an item that fails alone, as records or list of one,
        and its error. An error it raises ends everything.
    :return: pairs of items done and what `do` returned for them
    :raise: `CONFLICTS`, at once; the caller decides when to try again
    """
    try:
        with savepoint(env):
            return [(items, do(items))]
    except CONFLICTS:
        raise
    except Exception as error:
        if len(items) <= 1:
            on_error(items, error)
            return []
    middle = len(items) // 2
    return [
        pair
        for half in (items[:middle], items[middle:])
        for pair in do_all_or_each(env, half, do, on_error)
    ]


@contextmanager
def _mark(cr, value):
    before = getattr(cr, _MARK, False)
    setattr(cr, _MARK, value)
    try:
        yield
    finally:
        setattr(cr, _MARK, before)
