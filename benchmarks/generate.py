"""Fills a database with a receivable ledger of any size, set-based.

One invoice, its payment and one order are made through Odoo; the rest are copies of
their rows with other customers, days and amounts. Every customer has its own delay;
one in ten is invoiced in a foreign currency, one in twenty leaves debts unpaid.

    python -m benchmarks.generate DATABASE CUSTOMERS
"""

import sys
import time
from contextlib import contextmanager
from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

from dev.base import say
from dev.inside.session import environment

INVOICES = 50
#: The day the ledger speaks of; figures do not depend on the day of the run.
TODAY = date(2026, 6, 30)
#: Foreign currency for one unit of the company's.
FOREIGN_RATE = 0.9


@contextmanager
def timed(what):
    start = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - start:.1f} s")


def generate(env, customers):
    """Make ``customers`` customers with their invoices, payments and orders."""
    with timed("the rows all others are copies of"):
        templates = make_templates(env)
    drop_checks(env)
    plan(env, customers)
    with timed(f"{customers:,} customers"):
        copy_partners(env, templates)
    with timed(f"{customers * INVOICES:,} invoices"):
        copy_invoices(env, templates)
    with timed("payments"):
        copy_payments(env, templates)
    with timed("orders"):
        copy_orders(env, templates)
    reset_sequences(env)
    env.cr.commit()
    with timed("statistics"):
        analyze(env)


# Rows made through Odoo


def make_templates(env):
    """Return {name: id} of one paid invoice, its payment and one order."""
    eur = env.ref("base.EUR")
    eur.active = True
    env["res.currency.rate"].create(
        {"currency_id": eur.id, "rate": FOREIGN_RATE, "name": "2000-01-01"}
    )
    partner = env["res.partner"].create({"name": "Template", "is_company": True})
    invoice = make_invoice(env, partner)
    payment = (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create({})
        ._create_payments()
    )
    order = make_order(env, partner)
    env.flush_all()
    receivable = invoice.line_ids.filtered("date_maturity")
    paid = payment.move_id.line_ids.filtered("matched_debit_ids")
    return {
        "partner": partner.id,
        "invoice": invoice.id,
        "receivable": receivable.id,
        "income": (invoice.line_ids - receivable).id,
        "payment": payment.id,
        "entry": payment.move_id.id,
        "paid": paid.id,
        "bank": (payment.move_id.line_ids - paid).id,
        "partial": receivable.matched_credit_ids.id,
        "order": order.id,
        "order_line": order.order_line.id,
    }


def make_invoice(env, partner, post=True):
    """Return one invoice of one line without taxes."""
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": TODAY,
            "invoice_date_due": TODAY,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create({"name": "Goods", "price_unit": 100.0, "tax_ids": False})
            ],
        }
    )
    if post:
        invoice.action_post()
    return invoice


def make_order(env, partner):
    product = env["product.product"].create({"name": "Goods", "type": "service"})
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "order_line": [
                Command.create(
                    {"product_id": product.id, "price_unit": 100.0, "tax_ids": False}
                )
            ],
        }
    )
    order.action_confirm()
    return order


# Copies


def drop_checks(env):
    """Leave out the checks of foreign keys where the database lets us: all hold."""
    [[is_superuser]] = env.execute_query(
        SQL("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    )
    if is_superuser:
        env.cr.execute("SET LOCAL session_replication_role = replica")


def get_last_ids(env):
    """Return {table: its highest id} of the tables the ledger is copied into."""
    return {
        table: env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table))
        )[0][0]
        for table in (
            *("res_partner", "account_move", "account_move_line"),
            *("account_payment", "account_partial_reconcile"),
        )
    }


def plan(env, customers):
    """Write down who is invoiced what and when, and who pays it when."""
    first = get_last_ids(env)
    env.cr.execute(
        SQL(
            """
            CREATE TEMP TABLE plan ON COMMIT DROP AS
            SELECT n, customer, partner_id, invoice_date, due_date, amount,
                   CASE WHEN paid_date <= %(today)s AND NOT is_never THEN paid_date END
                   AS paid_date,
                   CASE WHEN customer %% 10 = 0 THEN %(foreign)s ELSE %(own)s END
                   AS currency_id,
                   CASE WHEN customer %% 10 = 0 THEN ROUND(amount * %(rate)s, 2)
                        ELSE amount END AS amount_currency,
                   %(move)s + 2 * n AS invoice_id,
                   %(move)s + 2 * n + 1 AS entry_id,
                   %(line)s + 4 * n AS receivable_id,
                   %(line)s + 4 * n + 1 AS income_id,
                   %(line)s + 4 * n + 2 AS paid_id,
                   %(line)s + 4 * n + 3 AS bank_id,
                   %(payment)s + n AS payment_id,
                   %(partial)s + n AS partial_id
              FROM (
                SELECT n, customer, partner_id, invoice_date,
                       invoice_date + 30 AS due_date,
                       (100 + (n::bigint * 7919) %% 90000 / 100.0)::numeric(12, 2)
                       AS amount,
                       invoice_date + 25 + customer * 7 %% 30 + n * 13 %% 11
                       AS paid_date,
                       customer %% 20 = 7 AND n %% 9 = 0 AS is_never
                  FROM (
                    SELECT (customer - 1) * %(invoices)s + number AS n, customer,
                           %(partner)s + customer AS partner_id,
                           %(today)s - 14 * (%(invoices)s - number)
                           - customer %% 14 AS invoice_date
                      FROM GENERATE_SERIES(1, %(customers)s) AS customer,
                           GENERATE_SERIES(1, %(invoices)s) AS number
                  ) numbered
              ) dated
            """,
            today=TODAY,
            customers=customers,
            invoices=INVOICES,
            rate=FOREIGN_RATE,
            own=env.company.currency_id.id,
            foreign=env.ref("base.EUR").id,
            partner=first["res_partner"],
            move=first["account_move"],
            line=first["account_move_line"],
            payment=first["account_payment"],
            partial=first["account_partial_reconcile"],
        )
    )
    env.cr.execute("ANALYZE plan")


def copy(env, table, template_id, values, condition="TRUE"):
    """Insert a copy of one row for each row of the plan.

    :param values: {column: SQL of its value, from ``plan``}; others as in the template
    """
    env.cr.execute(get_copy(env, table, template_id, values, condition))


def get_copy(env, table, template_id, values, condition="TRUE"):
    columns = [
        name
        for [name] in env.execute_query(
            SQL(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s"
                " AND table_schema = current_schema AND is_generated = 'NEVER'",
                table,
            )
        )
    ]
    unknown = values.keys() - set(columns)
    if unknown:
        raise KeyError(f"{table}: {', '.join(sorted(unknown))}")
    return SQL(
        "INSERT INTO %s (%s) SELECT %s FROM plan, %s AS template"
        " WHERE template.id = %s AND %s",
        SQL.identifier(table),
        SQL(", ").join(map(SQL.identifier, columns)),
        SQL(", ").join(
            SQL(values[name]) if name in values else SQL.identifier("template", name)
            for name in columns
        ),
        SQL.identifier(table),
        template_id,
        SQL(condition),
    )


def copy_partners(env, templates):
    copy(
        env,
        "res_partner",
        templates["partner"],
        {
            "id": "plan.partner_id",
            "commercial_partner_id": "plan.partner_id",
            "name": "'Customer ' || plan.customer",
            "complete_name": "'Customer ' || plan.customer",
            "ref": "'C' || plan.customer",
            "credit_limit": "CASE WHEN plan.customer %% 2 = 0 THEN "
            f"jsonb_build_object('{env.company.id}', 5000) END",
        },
        f"plan.n %% {INVOICES} = 1",
    )


def copy_invoices(env, templates):
    residual = "CASE WHEN plan.paid_date IS NULL THEN plan.{} ELSE 0 END"
    own, foreign = residual.format("amount"), residual.format("amount_currency")
    common = get_common("plan.invoice_date")
    copy(
        env,
        "account_move",
        templates["invoice"],
        get_document("plan.invoice_id", "B", "plan.invoice_date")
        | {
            "invoice_date": "plan.invoice_date",
            "invoice_date_due": "plan.due_date",
            "amount_residual": foreign,
            "amount_residual_signed": own,
            "payment_state": "CASE WHEN plan.paid_date IS NULL THEN 'not_paid' "
            "ELSE 'paid' END",
            "payment_reference": "'B/' || plan.n",
            "invoice_partner_display_name": "'Customer ' || plan.customer",
        },
    )
    copy(
        env,
        "account_move_line",
        templates["receivable"],
        common
        | get_amounts("plan.amount", "plan.amount_currency")
        | {
            "id": "plan.receivable_id",
            "move_id": "plan.invoice_id",
            "move_name": "'B/' || plan.n",
            "invoice_date": "plan.invoice_date",
            "date_maturity": "plan.due_date",
            "amount_residual": own,
            "amount_residual_currency": foreign,
            "reconciled": "plan.paid_date IS NOT NULL",
            "full_reconcile_id": "NULL",
            "matching_number": "CASE WHEN plan.paid_date IS NOT NULL "
            "THEN 'P' || plan.n END",
        },
    )
    copy(
        env,
        "account_move_line",
        templates["income"],
        common
        | get_amounts("-plan.amount", "-plan.amount_currency")
        | {
            "id": "plan.income_id",
            "move_id": "plan.invoice_id",
            "move_name": "'B/' || plan.n",
            "invoice_date": "plan.invoice_date",
            "price_unit": "plan.amount_currency",
            "price_subtotal": "plan.amount_currency",
            "price_total": "plan.amount_currency",
        },
    )


def copy_payments(env, templates):
    is_paid = "plan.paid_date IS NOT NULL"
    payments = get_copy(
        env,
        "account_payment",
        templates["payment"],
        {
            "id": "plan.payment_id",
            "name": "'P/' || plan.n",
            "memo": "'B/' || plan.n",
            "move_id": "plan.entry_id",
            "partner_id": "plan.partner_id",
            "date": "plan.paid_date",
            "currency_id": "plan.currency_id",
            "amount": "plan.amount_currency",
            "amount_company_currency_signed": "plan.amount",
        },
        is_paid,
    )
    entries = get_copy(
        env,
        "account_move",
        templates["entry"],
        get_document("plan.entry_id", "P", "plan.paid_date")
        | {"origin_payment_id": "plan.payment_id", "ref": "'B/' || plan.n"},
        is_paid,
    )
    # One statement: each refers to the other.
    env.cr.execute(SQL("WITH payments AS (%s) %s", payments, entries))
    copy_payment_lines(env, templates, is_paid)
    copy_matching(env, templates, is_paid)


def copy_payment_lines(env, templates, is_paid):
    common = get_common("plan.paid_date")
    credit = get_amounts("-plan.amount", "-plan.amount_currency")
    settled = {
        "amount_residual": "0",
        "amount_residual_currency": "0",
        "reconciled": "TRUE",
        "full_reconcile_id": "NULL",
        "matching_number": "'P' || plan.n",
    }
    entry = {
        "move_id": "plan.entry_id",
        "payment_id": "plan.payment_id",
        "move_name": "'P/' || plan.n",
        "date_maturity": "plan.paid_date",
    }
    copy(
        env,
        "account_move_line",
        templates["paid"],
        common | credit | settled | entry | {"id": "plan.paid_id"},
        is_paid,
    )
    copy(
        env,
        "account_move_line",
        templates["bank"],
        common
        | get_amounts("plan.amount", "plan.amount_currency")
        | entry
        | {
            "id": "plan.bank_id",
            "amount_residual": "plan.amount",
            "amount_residual_currency": "plan.amount_currency",
        },
        is_paid,
    )


def copy_matching(env, templates, is_paid):
    copy(
        env,
        "account_partial_reconcile",
        templates["partial"],
        {
            "id": "plan.partial_id",
            "debit_move_id": "plan.receivable_id",
            "credit_move_id": "plan.paid_id",
            "debit_currency_id": "plan.currency_id",
            "credit_currency_id": "plan.currency_id",
            "amount": "plan.amount",
            "debit_amount_currency": "plan.amount_currency",
            "credit_amount_currency": "plan.amount_currency",
            "max_date": "plan.paid_date",
            # Money is booked on the day it comes: all of it would be late otherwise.
            "create_date": "plan.paid_date",
            "full_reconcile_id": "NULL",
        },
        is_paid,
    )
    env.cr.execute(
        "INSERT INTO account_move__account_payment (invoice_id, payment_id) "
        "SELECT invoice_id, payment_id FROM plan WHERE paid_date IS NOT NULL"
    )


def copy_orders(env, templates):
    """One confirmed order, not invoiced, for every customer."""
    [[order, line]] = env.execute_query(
        SQL(
            "SELECT (SELECT MAX(id) FROM sale_order),"
            " (SELECT MAX(id) FROM sale_order_line)"
        )
    )
    once = f"plan.n %% {INVOICES} = 1"
    copy(
        env,
        "sale_order",
        templates["order"],
        {
            "id": f"{order} + plan.customer",
            "name": "'SO' || plan.customer",
            "access_token": "NULL",
            **dict.fromkeys(
                ("partner_id", "partner_invoice_id", "partner_shipping_id"),
                "plan.partner_id",
            ),
        },
        once,
    )
    copy(
        env,
        "sale_order_line",
        templates["order_line"],
        {
            "id": f"{line} + plan.customer",
            "order_id": f"{order} + plan.customer",
            "order_partner_id": "plan.partner_id",
        },
        once,
    )


def get_document(id_, prefix, day):
    """Return what differs in every journal entry."""
    own = ("amount_untaxed_signed", "amount_total_signed")
    foreign = (
        *("amount_untaxed", "amount_total", "amount_total_in_currency_signed"),
        "amount_untaxed_in_currency_signed",
    )
    return {
        "id": id_,
        "name": f"'{prefix}/' || plan.n",
        "sequence_prefix": f"'{prefix}/'",
        "sequence_number": "plan.n",
        "partner_id": "plan.partner_id",
        "commercial_partner_id": "plan.partner_id",
        "partner_shipping_id": "plan.partner_id",
        "currency_id": "plan.currency_id",
        "date": day,
        "access_token": "NULL",
        **dict.fromkeys(own, "plan.amount"),
        **dict.fromkeys(foreign, "plan.amount_currency"),
    }


def get_common(day):
    """Return what differs in every journal item."""
    return {
        "partner_id": "plan.partner_id",
        "currency_id": "plan.currency_id",
        "date": day,
    }


def get_amounts(balance, amount_currency):
    return {
        "balance": balance,
        "debit": f"GREATEST({balance}, 0)",
        "credit": f"GREATEST(-({balance}), 0)",
        "amount_currency": amount_currency,
    }


def reset_sequences(env):
    for table in (
        *("res_partner", "account_move", "account_move_line", "account_payment"),
        *("account_partial_reconcile", "sale_order", "sale_order_line"),
    ):
        env.cr.execute(
            SQL(
                "SELECT SETVAL(PG_GET_SERIAL_SEQUENCE(%s, 'id'), MAX(id)) FROM %s",
                table,
                SQL.identifier(table),
            )
        )


def analyze(env):
    env.cr.execute("ANALYZE")
    env.cr.commit()


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        generate(env, int(sys.argv[2]))
