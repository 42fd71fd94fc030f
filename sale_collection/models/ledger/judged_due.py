"""By which due date a customer is judged: the one definition that every room reads.

Aging and reminders follow the due date of the instalment. Whether money came late, in
grade, commission and prediction, is told by the judged one: the due date as first
agreed, until somebody who may do so agrees to another "as the due date". Until money
comes; then the ledger keeps what it says (`sale.collection.receipt`).
"""

from odoo.tools import SQL

# What a query with these pieces depends on.
DEPENDS = {"sale.collection.extension": ["is_current", "judged_date", "line_id"]}


def join_moved(line_id):
    """Return the join to the newest move of a due date, as `moved`.

    :param SQL line_id: of the instalment
    """
    return SQL(
        "LEFT JOIN sale_collection_extension moved"
        " ON moved.line_id = %s AND moved.is_current",
        line_id,
    )


def judged_due(due):
    """Return the judged due date, in a query with `join_moved`.

    :param SQL due: the due date of the instalment
    """
    return SQL("COALESCE(moved.judged_date, %s)", due)
