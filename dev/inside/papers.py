"""What is on paper: money reported before it is booked, cheques and bills, visits, due
dates that were moved, balances customers confirmed, contracts paid in parts, what is
given for a promise, and what is left at last.
"""

from datetime import timedelta

from odoo.fields import Command

from .orders import bill, deliver, order
from .people import ON_FILE

#: What is looked at before a cheque or bill is taken.
CHECKED = dict.fromkeys(
    ("has_drawer", "has_words", "has_seal", "has_dates", "has_endorsements"), True
)
#: An address that is reserved for examples.
IP = "203.0.113.7"


def tell(office):
    """Return the stories of papers, each for customers of its own."""
    customers = office.env["res.partner"].search([("ref", "in", list(ON_FILE))])
    customers = customers.sorted("ref")
    waiting = iter(customers)

    def invoice(amount, **values):
        return office.invoice(amount, partner=next(waiting), **values)

    return [
        *(notices(office, invoice), cheques(office, invoice)),
        *(more_time(office, invoice), balances(office, invoice)),
        *(contract(office, customers[-1]), visits(office, customers)),
        *(support(office, invoice), agency(office, invoice), old(office, invoice)),
    ]


def notices(office, invoice):
    """Reported by the collector: one has come, one never came, one is new."""
    yield 60
    came, lost, new = (invoice(amount) for amount in (1280, 1420, 1130))
    yield 24
    report(office, came, payment_form="transfer", number="TR-20417")
    report(office, lost, payment_form="cash")
    yield 22
    office.pay(came)
    yield 1
    report(office, new, payment_form="transfer", number="TR-20938")


def report(office, invoice, **values):
    notices = office.use("sale.collection.notice", "collector")
    notices.with_context(collection_notice_moves=invoice.ids).create(
        {"profile_id": office.profile(invoice.partner_id).id, **values}
    )


def visits(office, customers):
    """One nobody made, one for today, one for tomorrow."""
    yield 9
    plan(office, customers[0], office.today)
    yield 1
    plan(office, customers[1], office.diary.today, hour=9.5)
    plan(office, customers[2], office.diary.today + timedelta(days=1))


def plan(office, customer, day, **values):
    office.use("sale.collection.visit", "collector").create(
        {"profile_id": office.profile(customer).id, "date": day, **values}
    )


def cheques(office, invoice):
    """One is in hand, one runs so long that the controller has to decide."""
    yield 55
    cheque, long_bill = invoice(2750), invoice(4100)
    yield 5
    take(office, cheque, 12, kind="cheque", number="104482")
    yield 3
    take(office, long_bill, 170, kind="bank", number="BA-77120835")


def take(office, invoice, ahead, **values):
    office.use("sale.collection.bill", "collector").create(
        {
            "profile_id": office.profile(invoice.partner_id).id,
            "currency_id": invoice.currency_id.id,
            "amount": invoice.amount_total,
            "bank": office.say("Harbour Bank"),
            "issue_date": office.day(-2),
            "maturity_date": office.day(ahead),
            **CHECKED,
            **values,
        }
    )


def more_time(office, invoice):
    """Two customers need more time: one got it, one waits for the answer."""
    yield 48
    given, asked = invoice(1980), invoice(2320)
    yield 20
    extend(office, given, 30).with_user(office.user("controller")).action_approve()
    yield 4
    extend(office, asked, 45)


def extend(office, invoice, days):
    line = office.receivable(invoice)
    return office.use("sale.collection.extension", "collector").create(
        {
            "line_id": line.id,
            "new_date": line.date_maturity + timedelta(days=days),
            "reason": office.say("Waits for money from its own customers."),
        }
    )


def balances(office, invoice):
    """Asked for the balance of last month's end: agreed, differs, not answered."""
    yield 58
    invoices = [invoice(amount) for amount in (1340, 1570, 2110)]
    yield 18
    profiles = office.env["sale.collection.profile"]
    for asked_about in invoices:
        profiles |= profiles._for(asked_about.partner_id)
    month_end = office.today.replace(day=1) - timedelta(days=1)
    asked = office.env["sale.collection.confirmation"]._ask(profiles, month_end)
    asked._note_asked()
    yield 15
    agreed, differs = asked[:2]
    agreed._answer("agreed", name(office, agreed), answered_ip=IP)
    differs._answer(
        "differs",
        name(office, differs),
        answered_ip=IP,
        words=office.say("A credit note of last month is missing."),
    )


def name(office, confirmation):
    """Return who answers for a customer."""
    return office.person(confirmation.partner_id).name or confirmation.partner_id.name


def contract(office, customer):
    """A third at once, half after delivery, the rest in two months."""
    yield 40
    made = order(office, customer, (1, 6))
    parts = (("Deposit", 0.3, -2), ("Delivery", 0.5, 12), ("Retention", 0.2, 90))
    made.collection_contract_line_ids = [
        Command.create(
            {"name": office.say(part), "percent": share, "date": office.day(days)}
        )
        for part, share, days in parts
    ]
    yield 36
    deliver(made)
    billed = bill(office, made)
    yield 30
    office.pay(billed, billed.amount_total / office.locale.factor * 0.3)


def support(office, invoice):
    """A rebate was agreed on for paying in time: the money came, and it is owed."""
    yield 50
    promised = invoice(2480)
    yield 15
    promise = office.promise(promised, 2480, 6)
    promise.env["sale.collection.promise.support"].create(
        {"promise_id": promise.id, "cost": office.locale.money(60)}
    )
    yield 10
    office.pay(promised)


def agency(office, invoice):
    """Nothing came after the final demand: an agency has it."""
    yield 120
    lost = invoice(3640)
    yield 30
    name = office.say("Castle Collections")
    handover = office.use("sale.collection.handover", "controller").create(
        {
            "profile_id": office.profile(lost.partner_id).id,
            "receiver_id": office.env["res.partner"].create({"name": name}).id,
            "line_ids": [
                Command.create({"line_id": line.id}) for line in office.receivable(lost)
            ],
        }
    )
    handover.action_demand()
    yield 12
    handover.action_hand_over()


def old(office, invoice):
    """Nobody asked for it for two years: the day on which it is lost draws near."""
    yield 100
    invoice(860, date=office.day(-760))
