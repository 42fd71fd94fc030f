"""Supply: rules switched on, orders that went out, that wait, that were released,
turned down or need a second person.
"""

from odoo.fields import Command

#: Supply rules the demo company has switched on, beside the warnings.
RULES = ("hold_limit", "hold_overdue", "refuse_overdue")
#: From this amount on two people have to agree to a release.
SECOND_FROM = 5000


def tell(office):
    """Return the stories of orders."""
    return [
        *(rules(office), delivered(office), over_limit(office), released(office)),
        *(rejected(office), second_person(office), waiting(office), quotation(office)),
    ]


def rules(office):
    """The manager switches rules on after looking at what they would stop."""
    yield 57
    model = office.use("sale.collection.hold.rule", "manager")
    for name in RULES:
        rule = model.browse(office.env.ref(f"sale_collection_hold.hold_rule_{name}").id)
        action = rule.action_open_switch()
        preview = office.use("sale.collection.hold.preview", "manager")
        preview.browse(action["res_id"]).action_switch_on()
    office.use("sale.collection.hold.approval", "manager").create(
        [
            {"amount_from": 0},
            {"amount_from": office.locale.money(SECOND_FROM), "needs_second": True},
        ]
    )


def order(office, partner, *lines):
    """Return an order of (place of the goods, quantity) confirmed by its rep."""
    goods = office.env["product.product"].search(
        [("default_code", "=like", "DEMO-%")], order="default_code"
    )
    rep = partner.user_id or office.user("rep")
    made = (
        office.env["sale.order"]
        .with_user(rep)
        .create(
            {
                "partner_id": partner.id,
                "user_id": rep.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": goods[place].id,
                            "product_uom_qty": quantity,
                            "tax_ids": False,
                        }
                    )
                    for place, quantity in lines
                ],
            }
        )
    )
    made.action_confirm()
    return made.sudo()


def deliver(order):
    """Ship all of an order."""
    for picking in order.picking_ids:
        picking.move_ids.picked = True
        picking.button_validate()


def bill(office, order):
    """Return the posted invoice of what was delivered."""
    invoice = order._create_invoices()
    invoice.invoice_date = office.today
    invoice.action_post()
    invoice.is_move_sent = True
    return invoice


def delivered(office):
    """Ordered, delivered, billed and paid; and one that is still to be shipped."""
    yield 72
    partner = next(office.customers)
    done = order(office, partner, (0, 2), (3, 1))
    yield 70
    deliver(done)
    invoice = bill(office, done)
    yield 34
    office.pay(invoice)
    yield 2
    order(office, partner, (0, 3))


def over_limit(office):
    """Orders use credit; the second goes over the limit of its customer."""
    yield 9
    for quantity, limit in ((2, 20_000), (12, 5000)):
        partner = next(office.customers)
        office.set_limit(partner, limit, "Wants to order more.")
        order(office, partner, (1, quantity))


def late_customer(office, amount=1400):
    """Return a customer with an invoice that is more than 30 days overdue."""
    invoice = office.invoice(amount, days=14)
    return invoice.partner_id, invoice


def released(office):
    """Let go because a promise was given; the promise was kept."""
    yield 61
    partner, invoice = late_customer(office)
    yield 8
    held = order(office, partner, (2, 4))
    ask_release(office, held, "Needs the goods for its own fair.")
    promise = office.promise(invoice, 1400, 4)
    yield 7
    release(
        office,
        held,
        reason=office.say("Has paid as promised for years."),
        promise_id=promise.id,
    )
    yield 6
    deliver(held)
    bill(office, held)
    yield 4
    office.pay(invoice)


def rejected(office):
    """Turned down: first the old debt."""
    yield 79
    partner, __ = late_customer(office, 2700)
    yield 11
    held = order(office, partner, (4, 6))
    ask_release(office, held, "They say the money comes next month.")
    yield 10
    dialog = office.use("sale.collection.hold.message", "controller").create(
        {
            "kind": "reject",
            "hold_ids": [Command.set(held.collection_hold_id.ids)],
            "body": office.say("First the invoice of last quarter."),
        }
    )
    dialog.action_apply()


def second_person(office):
    """One controller has agreed, a second one is asked."""
    yield 67
    partner, __ = late_customer(office, 1900)
    yield 4
    held = order(office, partner, (5, 14))
    yield 2
    release(office, held, reason=office.say("Good customer, the invoice was late."))


def waiting(office):
    """Two orders wait for the money; one salesperson has asked for the goods."""
    yield 63
    first, second = late_customer(office, 1300), late_customer(office, 2300)
    yield 5
    order(office, first[0], (2, 5))
    asked = order(office, second[0], (3, 2))
    yield 1
    ask_release(office, asked, "They collect it with their own lorry on Friday.")


def quotation(office):
    """A quotation to a customer who gets nothing more: refused when confirmed."""
    yield 140
    partner, __ = late_customer(office, 900)
    yield 1
    rep = partner.user_id
    goods = office.env["product.product"].search(
        [("default_code", "=", "DEMO-1")], limit=1
    )
    office.env["sale.order"].with_user(rep).create(
        {
            "partner_id": partner.id,
            "user_id": rep.id,
            "order_line": [
                Command.create({"product_id": goods.id, "product_uom_qty": 3})
            ],
        }
    )


def ask_release(office, order, text):
    """Have the rep put an order before the controller."""
    rep = order.user_id
    dialog = office.env["sale.collection.hold.message"].with_user(rep)
    dialog.create(
        {"kind": "request", "order_id": order.id, "body": office.say(text)}
    ).action_apply()


def release(office, order, **values):
    """Have the controller let an order go."""
    office.use("sale.collection.hold.release", "controller").create(
        {"hold_ids": [Command.set(order.collection_hold_id.ids)], **values}
    ).action_release()
