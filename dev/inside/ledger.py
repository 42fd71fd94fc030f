"""Loads a book of invoices into an empty database, as a company moving to Odoo would.

Settled rows become trade history, open rows posted customer invoices with their own
dates and numbers; the customers are created.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from odoo.fields import Command, Date
from odoo.tools import SQL, split_every

from odoo.addons.sale_collection.tools import history, period

from ..base import Stop, say
from ..rates import company_rates, read_table

BATCH = 500
SALES_GROUP = "sales_team.group_sale_salesman"
#: Those of Odoo's own models whose dates tell when something happened.
DATED_MODELS = (
    "account.bank.statement.line",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "mail.activity",
    "sale.order",
)


class Book(NamedTuple):
    """What was loaded; ``rejected`` counts lines by the reason they were left out."""

    last_day: Date
    settled: int
    open: int
    customers: int
    rejected: Counter


def load(env, path, given_rates):
    """Load the book at ``path`` into the company of ``env``.

    :param given_rates: {currency: value of one unit in the book's main currency}
    :rtype: Book
    """
    rows, refusals = read_book(path)
    set_currencies(env, rows, given_rates)
    wizard = env["sale.collection.history.import"].create(
        {"file": b"", "source": Path(path).stem, "create_customers": True}
    )
    values, unknown = wizard._match(rows)
    env.cr.commit()
    partners = env["res.partner"].browse({row["partner_id"] for row in values})
    share_customers(env, partners)
    settled = [row for row in values if row["paid_date"]]
    load_history(env, wizard, settled)
    load_open(env, [row for row in values if not row["paid_date"]])
    reasons = Counter(reason for _record, reason in unknown)
    reasons.update(
        wizard._get_reason(refusal.code, **refusal.details) for refusal in refusals
    )
    return Book(
        last_day=last_day(rows),
        settled=len(settled),
        open=len(values) - len(settled),
        customers=len(partners),
        rejected=reasons,
    )


def read_book(path):
    """Return the readable rows of a book and the refused lines."""
    layout = history.Format()
    try:
        table = history.read_table(Path(path).read_bytes(), layout)
    except OSError as error:
        raise Stop(f"LEDGER: {path} cannot be read ({error.strerror}).") from error
    except history.FileError as error:
        details = ", ".join(error.details.values())
        raise Stop(
            f"{path} is no book of invoices ({error.code} {details}): its first line "
            f"must name the columns {', '.join(history.COLUMNS)}."
        ) from error
    rows, refusals = history.read_rows(
        table, 0, len(table.records), layout, Date.today()
    )
    if not rows:
        raise Stop(f"{path} holds no invoice that can be read: see its first lines.")
    return rows, refusals


def last_day(rows):
    """Return the day a book speaks of: the last on which something happened."""
    return max(max(row.invoice_date, row.paid_date or row.invoice_date) for row in rows)


def set_currencies(env, rows, given_rates):
    """Keep the company in the book's main currency; give the others their rate."""
    codes = Counter(row.currency for row in rows)
    main = codes.most_common(1)[0][0]
    rates = company_rates(codes, main, given_rates, read_table())
    currencies = env["res.currency"].with_context(active_test=False)
    by_code = currencies.search([("name", "in", list(codes))]).grouped("name")
    for code in codes:
        if code not in by_code:
            raise Stop(f"{code} is no currency: correct the book.")
    currencies.union(*by_code.values()).active = True
    if env.company.currency_id != by_code[main]:
        env.company.currency_id = by_code[main]
    first_day = min(row.invoice_date for row in rows)
    env["res.currency.rate"].create(
        [
            {
                "name": first_day,
                "currency_id": by_code[code].id,
                "company_id": env.company.id,
                "rate": 1 / rate,
            }
            for code, rate in rates.items()
        ]
    )


def share_customers(env, partners):
    """Share customers out among the salespeople: somebody must ask for the money."""
    reps = env.ref(SALES_GROUP).user_ids.filtered("active") - env.ref("base.user_admin")
    for place, rep in enumerate(reps):
        partners.sorted("ref")[place :: len(reps)].user_id = rep
    env.cr.commit()


def load_history(env, wizard, values):
    """Bring the settled invoices in as trade history."""
    model = env["sale.collection.history"]
    for batch in split_every(BATCH * 10, values, list):
        model._load(env.company, wizard.source, batch)
        env.cr.commit()
    say(f"  {len(values):,} settled invoices are trade history")


def load_open(env, values):
    """Post the open invoices, in a journal of their own."""
    journal = find_journal(env)
    account = env["account.account"].search(
        [("account_type", "=", "income"), ("company_ids", "in", env.company.ids)],
        limit=1,
    )
    moves = env["account.move"].with_context(
        tracking_disable=True, mail_auto_subscribe_no_notify=True
    )
    numbered = enumerate(sorted(values, key=lambda row: row["invoice_date"]), start=1)
    done = 0
    for batch in split_every(BATCH, numbered, list):
        moves.create(
            [prepare_invoice(journal, account, *numbered) for numbered in batch]
        ).action_post()
        env.cr.commit()
        done += len(batch)
        say(f"  {done:,} of {len(values):,} open invoices are posted")


def find_journal(env):
    """Return the sales journal of open items, made when missing."""
    journals = env["account.journal"]
    values = {"code": "OPEN", "type": "sale", "company_id": env.company.id}
    found = journals.search([(name, "=", value) for name, value in values.items()])
    return found or journals.create({"name": "Open items of the past system", **values})


def prepare_invoice(journal, account, number, row):
    """Return the values of one open invoice; ``row`` as for the trade history."""
    return {
        "move_type": "out_invoice",
        "journal_id": journal.id,
        # Without a year: dates are moved later, numbers are not.
        "name": f"{journal.code}/{number:05}",
        "partner_id": row["partner_id"],
        "invoice_user_id": False,
        "ref": row["invoice_ref"],
        "payment_reference": row["invoice_ref"],
        "invoice_date": row["invoice_date"],
        "date": row["invoice_date"],
        "invoice_date_due": row["due_date"],
        "invoice_payment_term_id": False,
        "currency_id": row["currency_id"],
        "invoice_line_ids": [
            Command.create(
                {
                    "name": row["invoice_ref"],
                    "account_id": account.id,
                    "price_unit": float(row["amount"]),
                    "tax_ids": False,
                }
            )
        ],
    }


def move_dates(env, last, today):
    """Move all dates by whole weeks: day ``last`` becomes the last working day.

    :return: the day ``last`` has become
    """
    shift = period.week_shift(last, today)
    if shift:
        for model in dated_models(env):
            shift_table(env, model, shift)
        env.invalidate_all()
    return last + shift


def dated_models(env):
    """Return the models whose rows tell of days."""
    ours = [name for name in env.registry if name.startswith("sale.collection.")]
    models = [env[name] for name in (*ours, *DATED_MODELS)]
    return [model for model in models if model._auto and not model._transient]


def shift_table(env, model, shift):
    """Move every stored date of one model by ``shift``."""
    columns = [
        field.name
        for field in model._fields.values()
        if field.store
        and field.type in ("date", "datetime")
        and field.name not in ("create_date", "write_date")
    ]
    if not columns:
        return
    table = SQL.identifier(model._table)
    moved = SQL(", ").join(
        SQL("%(name)s = %(name)s + %(shift)s", name=SQL.identifier(name), shift=shift)
        for name in columns
    )
    env.cr.execute(SQL("UPDATE %s SET %s", table, moved))
