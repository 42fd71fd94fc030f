"""What customers said: promises kept, broken and partly kept, a plan, disputes in
every state, calls nobody answered, signs of trouble, and rests from reminders.
"""


def tell(office):
    """Return the stories of talks, each for customers of its own."""
    return [
        *(kept(office), broken(office), partly_kept(office), kept_late(office)),
        *(plan(office), standing(office), due_tomorrow(office), replaced(office)),
        *(withdrawn(office), wrong_invoice(office), goods_missing(office)),
        *(no_fault_of_ours(office), late_dispute(office), taken_back(office)),
        *(nobody_answers(office), wrong_person(office), trouble(office)),
        *(paid_already(office), calls_back(office), snoozed(office)),
        handed_over(office),
    ]


# === PROMISES ===#


def kept(office):
    """Promised twice, and paid on the day both times."""
    yield 120
    first = office.invoice(2100)
    yield 84
    office.promise(first, 2100, 7, reason_id=office.ref("reason_signatory_away").id)
    yield 77
    office.pay(first)
    yield 65
    second = office.invoice(1900, partner=first.partner_id)
    yield 29
    office.promise(second, 1900, 6)
    yield 23
    office.pay(second)


def broken(office):
    """Promised and not paid; promised again, for today."""
    yield 75
    invoice = office.invoice(3200)
    yield 36
    reason = office.ref("reason_cash_shortage")
    office.promise(invoice, 3200, 8, reason_id=reason.id)
    yield 20
    office.talk(
        invoice,
        "no_answer",
        next_date=office.day(2),
        note=office.say("The phone rang out."),
    )
    yield 15
    contact = office.talk(
        invoice,
        "will_call_back",
        reason_id=reason.id,
        next_date=office.day(4),
        note=office.say("Waits for money from its own customers."),
    )
    yield 8
    reason = office.ref("reason_not_paid_themselves")
    contact.confirmed_reason_id = reason
    office.promise(invoice, 3200, 8, reason_id=reason.id)


def partly_kept(office):
    """Half of what was promised came in time."""
    yield 85
    invoice = office.invoice(2800)
    yield 45
    office.promise(invoice, 2800, 7, reason_id=office.ref("reason_budget_pending").id)
    yield 38
    office.pay(invoice, 1400)
    yield 21
    office.talk(
        invoice,
        "refused",
        type="visit",
        reason_id=office.ref("reason_habitual_delay").id,
        next_date=office.day(30),
        note=office.say("Says everybody pays them late."),
    )


def kept_late(office):
    """The money came a week after the promised day."""
    yield 95
    invoice = office.invoice(1700)
    yield 60
    office.promise(invoice, 1700, 5, payment_form="cheque")
    yield 48
    office.pay(invoice)


def plan(office):
    """Three payments a month apart: the first has come."""
    yield 110
    invoice = office.invoice(6600)
    yield 40
    office.promise(
        invoice,
        6600,
        10,
        promise_is_plan=True,
        payment_count=3,
        frequency="monthly",
        reason_id=office.ref("reason_slow_sales").id,
    )
    yield 31
    office.pay(invoice, 2200)


def standing(office):
    """A fixed sum every two weeks until the old debt is gone."""
    yield 130
    invoice = office.invoice(5200)
    yield 46
    promise = office.use("sale.collection.promise", "collector").create(
        {
            "profile_id": office.profile(invoice.partner_id).id,
            "contact_id": office.person(invoice.partner_id).id,
            "kind": "standing",
            "amount": office.locale.money(600),
            "first_date": office.day(4),
            "frequency": "biweekly",
            "until_date": office.day(120),
        }
    )
    promise.action_open()
    for ago in (42, 28, 14):
        yield ago
        office.pay(invoice, 600)


def due_tomorrow(office):
    """Three promises that are open: for tomorrow, next week and the month after."""
    yield 50
    invoices = [office.invoice(amount) for amount in (1450, 2350, 3150)]
    yield 4
    for invoice, ahead in zip(invoices, (5, 11, 33), strict=True):
        amount = invoice.amount_total / office.locale.factor
        office.promise(invoice, amount, ahead)


def replaced(office):
    """They asked for one more week, and the new promise took the place of the old."""
    yield 70
    invoice = office.invoice(1850)
    yield 16
    office.promise(invoice, 1850, 10)
    yield 9
    office.promise(invoice, 1850, 14, reason_id=office.ref("reason_signatory_away").id)


def withdrawn(office):
    """Entered for the wrong customer and cancelled."""
    yield 64
    invoice = office.invoice(1250)
    yield 26
    promise = office.promise(invoice, 1250, 9)
    yield 25
    promise.action_cancel()


# === DISPUTES ===#


def wrong_invoice(office):
    """The price was wrong: accepted, and a credit note was made and posted."""
    yield 66
    invoice = office.invoice(2650)
    yield 33
    dispute = office.dispute(
        invoice,
        "reason_price_difference",
        350,
        note=office.say("Billed at the old price list."),
    )
    yield 27
    dispute.sudo().action_create_credit_note()
    note = dispute.sudo().credit_note_id
    note.invoice_date = office.today
    note.action_post()
    lines = office.receivable(invoice) + office.receivable(note)
    lines.filtered(lambda line: not line.reconciled).reconcile()


def goods_missing(office):
    """Part of the delivery is missing: open, the rest of the debt is chased on."""
    yield 52
    invoice = office.invoice(3900)
    yield 4
    office.dispute(
        invoice,
        "reason_delivery_late",
        1100,
        note=office.say("Two of seven pallets have not come."),
    )


def no_fault_of_ours(office):
    """A complaint that was not justified."""
    yield 72
    invoice = office.invoice(1550)
    yield 41
    dispute = office.dispute(
        invoice,
        "reason_quality_complaint",
        note=office.say("Scratches, says the customer; photos show none."),
    )
    yield 35
    dispute.with_user(office.user("controller")).action_reject()


def late_dispute(office):
    """Nobody has settled it in time: the controller was told."""
    yield 58
    invoice = office.invoice(2250)
    yield 18
    office.dispute(
        invoice,
        "reason_support_not_given",
        900,
        note=office.say("A rebate was promised at the fair."),
    )


def taken_back(office):
    """The customer found the papers and took the complaint back."""
    yield 56
    invoice = office.invoice(980)
    yield 22
    dispute = office.dispute(invoice, "reason_invoice_wrong")
    yield 19
    dispute.action_cancel()


# === OTHER TALKS ===#


def nobody_answers(office):
    """Three calls in vain."""
    yield 53
    invoice = office.invoice(1350)
    for ago in (15, 11, 6):
        yield ago
        office.talk(
            invoice,
            "no_answer",
            next_date=office.day(3),
            note=office.say("The phone rang out."),
        )


def wrong_person(office):
    """Somebody else pays the invoices now."""
    yield 49
    invoice = office.invoice(1750)
    yield 10
    person = office.locale.name_person(190)
    office.talk(
        invoice,
        "wrong_person",
        right_name=person.name,
        right_phone=office.locale.find_phone(150),
        right_email=f"{person.mailbox}@{office.domain(invoice.partner_id)}",
        next_date=office.day(5),
        reason_id=office.ref("reason_contact_changed").id,
    )


def trouble(office):
    """Signs of trouble at two customers; one is severe."""
    yield 62
    invoices = [office.invoice(amount) for amount in (4400, 1950)]
    yield 13
    signs = ("sign_staff_leaving", "sign_stock_piling_up"), ("sign_sued",)
    for invoice, names in zip(invoices, signs, strict=True):
        office.talk(
            invoice,
            "reached",
            type="visit",
            sign_ids=[office.ref(name).id for name in names],
            reason_id=office.ref("reason_business_worse").id,
            next_date=office.day(16),
            note=office.say("The hall is half empty."),
        )


def paid_already(office):
    """They say it is on its way."""
    yield 39
    invoice = office.invoice(1150)
    yield 3
    office.talk(
        invoice,
        "paid_already",
        type="email",
        note=office.say("Transferred yesterday, they say."),
    )


def calls_back(office):
    """Will call back, and did not: the follow-up is overdue."""
    yield 44
    invoice = office.invoice(2050)
    yield 7
    office.talk(
        invoice,
        "will_call_back",
        reason_id=office.ref("reason_forgot").id,
        next_date=office.day(3),
    )


def snoozed(office):
    """No reminders for a customer on works holidays, and for one invoice."""
    yield 51
    holiday, single = office.invoice(1650), office.invoice(2450)
    yield 6
    office.profile(holiday.partner_id)._snooze(
        office.day(20), office.say("Works holidays, everybody is away.")
    )
    office.profile(single.partner_id)._snooze(
        office.day(15),
        office.say("A new copy of the invoice is in the post."),
        office.receivable(single).with_user(office.user("collector")),
    )


def handed_over(office):
    """Every fourth customer is called by the collector from now on."""
    yield 150
    profiles = office.env["sale.collection.profile"].search(
        [("partner_id.ref", "=like", "C%")], order="id"
    )
    profiles[::4].user_id = office.user("collector")
