"""Puts the demo company to work: supply rules switched on, an order that waits, a
reminder plan live with a list for tonight, commission and last month's settlements.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

#: Supply rules the demo company has switched on, beside the warnings.
RULES = ("hold_limit", "hold_overdue", "refuse_overdue")
#: Percent of the collected money reps earn.
RATE = 3.0
#: How long debts due before the plan went live may be and still be reminded.
ENTRY_DAYS = 45


def start(env, today):
    """Switch on what a company would, as of ``today``."""
    env = env(context={**env.context, "mail_auto_subscribe_no_notify": True})
    pay_commission(env, today)
    control_supply(env)
    remind(env, today)


def pay_commission(env, today):
    """One plan for all reps."""
    env["sale.collection.commission.plan"].create(
        {
            "name": f"Reps {today.year}",
            "date_from": today - relativedelta(years=1, day=1),
            "rate_ids": [Command.create({"percent": RATE})],
        }
    )


def settle(env, today):
    """Last month is settled, this one is a draft."""
    last = today - relativedelta(months=1, day=1)
    manager = env["res.users"].search([("login", "=", "manager")])
    preview = env["sale.collection.settlement.preview"].with_user(manager)
    preview._prepare_drafts(last, last + relativedelta(day=31)).action_confirm()
    preview._prepare_drafts(today.replace(day=1), today + relativedelta(day=31))


def control_supply(env):
    """Switch on some rules; a customer over its limit orders goods all the same."""
    for name in RULES:
        env.ref(f"sale_collection_hold.hold_rule_{name}").active = True
    product = env["product.product"].create(
        {"name": "Case of goods", "type": "consu", "list_price": 450.0}
    )
    late = env["sale.collection.profile"].search(
        [("amount_31_60", ">", 0), ("amount_over_90", "=", 0)], limit=3
    )
    for profile, quantity in zip(late, (2, 5, 9), strict=False):
        order = env["sale.order"].create(
            {
                "partner_id": profile.partner_id.id,
                "user_id": profile.partner_id.user_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        order.action_confirm()


def remind(env, today):
    """The plan of the normal pace is live for debts of the last weeks."""
    customers = env["res.partner"].search([("ref", "=like", "C%")])
    for customer in customers.filtered(lambda partner: not partner.email):
        customer.email = f"{customer.ref.lower()}@example.com"
    # Nobody is reminded of an invoice that was never sent.
    env["account.move"].search([("move_type", "=", "out_invoice")]).is_move_sent = True
    pattern = env.ref("sale_collection_reminder.ladder_normal")
    pattern._go_live(entry_date=today - timedelta(days=ENTRY_DAYS))
