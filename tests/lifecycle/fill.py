"""Fills a database that has all addons with something of everything.

Run as ``python -m tests.lifecycle.fill DATABASE``.
"""

import sys
from datetime import timedelta

from odoo.fields import Command

from dev.inside.session import environment

from ..crash.night import go_live
from ..races.hold import put_rules_away
from ..races.ledger import create_invoice, pay, receivable_lines


def fill(env):
    """Make customers who owe, pay, dispute, promise, order and are reminded."""
    today = env.company._collection_today()
    go_live(env)
    make_commission_plan(env)
    make_rule(env)
    invoices = make_debts(env, today)
    env["sale.collection.profile"]._refresh_touched(invoices.partner_id)
    talk(env, invoices[0], today)
    promise(env, invoices[1], today)
    override_grade(env, invoices[2], today)
    order(env, invoices[3])
    hand_over_papers(env, invoices[4], today)
    ask_balance(env, invoices[5], today)
    run = env["sale.collection.run"]._run(today)
    if bad := run.phase_ids.filtered("error"):
        raise SystemExit(f"{bad.code}: {bad.error}")
    settle(env, today)
    missing = [name for name in EXPECTED if not env[name].search_count([], limit=1)]
    if missing:
        raise SystemExit(f"No {', '.join(missing)} made")


#: Models with rows in the filled database.
EXPECTED = (
    *("sale.collection.receipt", "sale.collection.score", "sale.collection.contact"),
    *("sale.collection.dispute", "sale.collection.promise", "sale.collection.hold"),
    *("sale.collection.reminder", "sale.collection.commission.entry"),
    *("sale.collection.settlement", "sale.collection.grade.override"),
    *("sale.collection.notice", "sale.collection.bill", "sale.collection.extension"),
    *("sale.collection.confirmation", "sale.collection.contract.line"),
)


def make_commission_plan(env):
    env["sale.collection.commission.plan"].create(
        {
            "name": "Plan",
            "date_from": "2026-01-01",
            "rate_ids": [Command.create({"percent": 10})],
        }
    )


def make_rule(env):
    """Hold orders of customers with overdue debts, whatever rules there are."""
    put_rules_away(env)
    env["sale.collection.hold.rule"].create(
        {
            "name": "Overdue",
            "strength": "hold",
            "condition_ids": [
                Command.create({"code": "overdue_days", "threshold": 0.0})
            ],
        }
    )


def make_debts(env, today):
    """Return overdue invoices, partly paid, of customers with an e-mail address."""
    invoices = env["account.move"]
    for number in range(6):
        invoice = create_invoice(env)
        receivable_lines(invoice).date_maturity = today - timedelta(15)
        invoice.write({"is_move_sent": True, "invoice_user_id": env.user.id})
        invoice.partner_id.email = f"life{number}@example.com"
        pay(env, invoice.id, 400)
        invoices += invoice
    return invoices


def profile_of(env, invoice):
    return env["sale.collection.profile"]._for(invoice.partner_id)


def talk(env, invoice, today):
    """Log a contact with a reason, and dispute a part."""
    env["sale.collection.contact"].create(
        {
            "profile_id": profile_of(env, invoice).id,
            "result": "reached",
            "next_date": today + timedelta(7),
            "reason_id": env.ref("sale_collection.reason_cash_shortage").id,
        }
    )
    env["sale.collection.dispute"].create(
        {
            "partner_id": invoice.partner_id.id,
            "reason_id": env.ref("sale_collection.reason_price_difference").id,
            "line_ids": [
                Command.create({"line_id": receivable_lines(invoice).id, "amount": 100})
            ],
        }
    )


def promise(env, invoice, today):
    env["sale.collection.promise"].create(
        {
            "profile_id": profile_of(env, invoice).id,
            "amount": 100,
            "date": env.company._get_next_working_day(today + timedelta(1)),
        }
    ).action_open()


def override_grade(env, invoice, today):
    env["sale.collection.grade.override"].create(
        {
            "profile_id": profile_of(env, invoice).id,
            "grade_id": env["sale.collection.grade"].search([], limit=1).id,
            "date_from": today,
            "date_until": today + timedelta(30),
            "reason": "Parent guarantees",
        }
    )


def order(env, invoice):
    """Let an order wait, and cancel it: nothing waits when holds are uninstalled."""
    product = env["product.product"].create(
        {"name": "Goods", "type": "consu", "list_price": 50}
    )
    waiting = env["sale.order"].create(
        {
            "partner_id": invoice.partner_id.id,
            "order_line": [Command.create({"product_id": product.id})],
            "collection_contract_line_ids": [
                Command.create({"name": "Deposit", "percent": 0.3})
            ],
        }
    )
    waiting.action_confirm()
    env.flush_all()
    waiting._action_cancel()


def hand_over_papers(env, invoice, today):
    """Report money, take a cheque, and ask for more time."""
    profile = profile_of(env, invoice)
    env["sale.collection.notice"].create({"profile_id": profile.id, "amount": 50})
    env["sale.collection.bill"].create(
        {
            "profile_id": profile.id,
            "amount": 50,
            "number": "104482",
            "maturity_date": today + timedelta(30),
        }
    )
    env["sale.collection.extension"].create(
        {
            "line_id": receivable_lines(invoice).id,
            "new_date": today + timedelta(30),
            "reason": "Waits for money",
        }
    )


def ask_balance(env, invoice, today):
    env["sale.collection.confirmation"]._ask(profile_of(env, invoice), today)


def settle(env, today):
    preview = env["sale.collection.settlement.preview"]
    preview._prepare_drafts(today.replace(day=1, month=1), today)


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        fill(env)
