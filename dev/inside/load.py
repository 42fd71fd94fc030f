"""Loads a ledger as a company moving to Odoo would: settled rows as trade history,
open rows as posted customer invoices. The made-up book also has months lived in
Odoo: invoices that were paid here.
"""

import base64
import csv
import io

from odoo.fields import Command
from odoo.tools import split_every

from ..ledger import COLUMNS

BATCH = 200


def load_history(env, rows, say):
    """Import settled rows through the product's own import of trade history."""
    if not rows:
        return
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    lines.writerows(rows)
    wizard = env["sale.collection.history.import"].create(
        {
            "file": base64.b64encode(text.getvalue().encode()),
            "filename": "ledger.csv",
            # As written here: nothing must be asked.
            "encoding": "utf-8",
            "separator": ",",
            "date_order": "iso",
            "decimal_sign": ".",
        }
    )
    done = {"done": 0, "total": len(rows)}
    while done["done"] < len(rows):
        done = wizard.import_next()
        env.cr.commit()
        say(f"  history: {done['done']} of {done['total']} invoices")
    if wizard.rejected_count:
        say(f"  {wizard.rejected_count} rows of history were rejected:")
        say(base64.b64decode(wizard.rejected_file).decode("utf-8-sig")[:600])


def find_opening_journal(env):
    """Return the journal of invoices that bring their numbers with them."""
    sales = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
    )
    return env["account.journal"].create(
        {
            "name": "Invoices brought in",
            "code": "BRNG",
            "type": "sale",
            "default_account_id": sales.default_account_id.id,
        }
    )


def load_opening(env, rows, customers, say, goods=None):
    """Post rows as customer invoices with their own numbers and dates.

    :return: {invoice reference: invoice id}
    """
    journal = find_opening_journal(env)
    made = {}
    rows = list(name_apart(rows))
    for batch in split_every(BATCH, rows):
        made |= post_invoices(env, batch, customers, journal, goods)
        env.cr.commit()
        env.invalidate_all()
        say(f"  invoices: {len(made)} of {len(rows)} posted")
    return made


def name_apart(rows):
    """Yield rows whose number another customer has as well with that of theirs in it.

    >>> from dev.ledger import Row
    >>> rows = [Row(ref, "1", None, None, None, 5.0, "USD") for ref in "AB"]
    >>> [row.invoice_ref for row in name_apart(rows)]
    ['1', '1 (B)']
    """
    taken = set()
    for row in rows:
        if row.invoice_ref in taken:
            row = row._replace(invoice_ref=f"{row.invoice_ref} ({row.customer_ref})")
        taken.add(row.invoice_ref)
        yield row


def post_invoices(env, rows, customers, journal=None, goods=None):
    """Post rows as customer invoices; without a journal they get numbers anew.

    :param goods: {customer reference: what it buys}, for invoices that were sent; their
        own references when left out
    :return: {invoice reference: invoice id}
    """
    context = {"tracking_disable": True, "mail_create_nosubscribe": True}
    Move = env["account.move"].with_context(**context)
    currencies = {c.name: c.id for c in env["res.currency"].search([])}
    moves = Move.create(
        [
            {
                **_prepare_invoice(env, row, customers, goods or {}),
                "is_move_sent": bool(goods),
                "currency_id": currencies[row.currency],
                **(
                    {"journal_id": journal.id, "name": row.invoice_ref}
                    if journal
                    else {}
                ),
            }
            for row in rows
        ]
    )
    moves._post(soft=False)
    return dict(zip((row.invoice_ref for row in rows), moves.ids, strict=True))


def _prepare_invoice(env, row, customers, goods):
    partner_id = customers[row.customer_ref]
    line = {
        "name": goods.get(row.customer_ref, row.invoice_ref),
        "quantity": 1,
        "price_unit": row.amount,
        "tax_ids": [Command.clear()],
    }
    return {
        "move_type": "out_invoice",
        "partner_id": partner_id,
        "invoice_user_id": env["res.partner"].browse(partner_id).user_id.id,
        "invoice_date": row.invoice_date,
        "date": row.invoice_date,
        "invoice_date_due": row.due_date,
        "invoice_payment_term_id": False,
        "invoice_line_ids": [Command.create(line)],
    }


def book_payments(env, rows, invoices):
    """Book the money of settled rows on their invoices, oldest first."""
    rows = sorted(rows, key=lambda row: row.paid_date)
    moves = env["account.move"].browse(invoices[row.invoice_ref] for row in rows)
    payments = env["account.payment"].create(
        [_prepare_payment(row, move) for row, move in zip(rows, moves, strict=True)]
    )
    payments.action_post()
    pairs = [
        (payment.move_id + move).line_ids.filtered(_is_receivable)
        for payment, move in zip(payments, moves, strict=True)
    ]
    if pairs:
        env["account.move.line"]._reconcile_plan(pairs)


def _prepare_payment(row, move):
    return {
        "payment_type": "inbound",
        "partner_type": "customer",
        "partner_id": move.partner_id.id,
        "amount": row.amount,
        "currency_id": move.currency_id.id,
        "date": row.paid_date,
        "memo": move.name,
    }


def _is_receivable(line):
    return line.account_id.account_type == "asset_receivable"
