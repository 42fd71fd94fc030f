"""What every seller meets with money: instalments, discounts, credit notes, rests that
nobody asks for or that are written off, money nobody matched, a cheque that bounced,
customers reviewed or graded by hand.
"""

from datetime import timedelta


def tell(office):
    """Return the stories of money, each for customers of its own."""
    return [
        *(instalments(office), early_discount(office), short_payment(office)),
        *(rests(office), paid_less(office), credit_notes(office)),
        *(unmatched_money(office), bounced_cheque(office), payment_routine(office)),
        *(new_customers(office), reviews(office), grade_by_hand(office)),
        proposals(office),
    ]


# === MONEY ===#


def instalments(office):
    """30 % at once, the rest after 60 days: one paid both, one only the first."""
    yield 100
    both = office.invoice(4000, term="advance_60days")
    yield 98
    office.pay(both, 1200)
    yield 90
    late = office.invoice(6000, term="advance_60days")
    yield 85
    office.pay(late, 1800)
    yield 20
    office.pay(both, 2800)
    yield 10
    office.invoice(2500, term="advance_60days")


def early_discount(office):
    """2 % off within seven days: one took it, one paid in full, one still may."""
    yield 60
    full = office.invoice(1500, term="30days_early_discount")
    yield 40
    taken = office.invoice(1500, term="30days_early_discount")
    yield 35
    office.pay(taken)
    yield 25
    office.pay(full)
    yield 3
    office.invoice(2200, term="30days_early_discount")


def short_payment(office):
    """Part of the money came; the rest is overdue."""
    yield 75
    long_ago = office.invoice(3000)
    yield 65
    lately = office.invoice(3000)
    yield 20
    office.pay(long_ago, 1800)
    office.pay(lately, 2700)


def rests(office):
    """A few percent were kept back: written off, refused, asked for, or just open."""
    account = office.env["account.account"].search(
        [("account_type", "=", "expense"), ("active", "=", True)], limit=1
    )
    office.env.company.collection_write_off_account_id = account
    yield 80
    invoices = [office.invoice(amount) for amount in (2000, 1600, 1200, 2600)]
    yield 45
    for invoice in invoices:
        office.pay(invoice, invoice.amount_total / office.locale.factor * 0.98)
    yield 40
    reason = office.ref("reason_price_difference")
    asked = [
        office.use("sale.collection.write.off", "collector").create(
            {
                "line_id": office.receivable(invoice).id,
                "reason_id": reason.id,
                "note": office.say("Not worth another call."),
            }
        )
        for invoice in invoices[:2]
    ]
    yield 38
    controller = office.user("controller")
    asked[0].with_user(controller).action_approve()
    asked[1].with_user(controller).action_reject()
    yield 2
    office.use("sale.collection.write.off", "collector").create(
        {
            "line_id": office.receivable(invoices[2]).id,
            "reason_id": reason.id,
            "note": office.say("They kept back the bank's charges."),
        }
    )


def paid_less(office):
    """Ten short of a thousand, and whoever books the money writes the ten off."""
    yield 70
    invoice = office.invoice(1000)
    yield 30
    office.pay(
        invoice,
        990,
        payment_difference_handling="reconcile",
        writeoff_account_id=office.env.company.collection_write_off_account_id.id,
    )


def credit_notes(office):
    """One credit note takes a part off an invoice, another is not used yet."""
    yield 50
    invoice = office.invoice(1800)
    yield 30
    note = office.invoice(300, partner=invoice.partner_id, kind="out_refund")
    (office.receivable(invoice) + office.receivable(note)).reconcile()
    yield 25
    office.invoice(450, kind="out_refund")


def unmatched_money(office):
    """Money on account that nobody has matched yet."""
    yield 55
    partner = office.invoice(2000).partner_id
    yield 4
    payment = office.env["account.payment"].create(
        {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": partner.id,
            "amount": office.locale.money(1500),
            "date": office.today,
            "memo": office.say("On account"),
        }
    )
    payment.action_post()


def bounced_cheque(office):
    """A cheque came back three days later; the bank charges its fee."""
    yield 80
    invoice = office.invoice(2400)
    yield 15
    payment = office.pay(invoice)
    yield 12
    office.env["sale.collection.bounce"]._bounce(
        payment, office.today, "funds", fee=office.locale.money(25.0)
    )


# === CUSTOMERS ===#


def payment_routine(office):
    """Customers that pay on the 10th and the 25th, or on Fridays."""
    yield 20
    for values in (
        {"payment_month_days": "10, 25", "payment_form": "transfer"},
        {"payment_weekday": "4", "visiting_hours": office.say("Mornings")},
    ):
        partner = office.invoice(1600).partner_id
        office.env["sale.collection.profile"]._for(partner).write(values)


def new_customers(office):
    """Two customers without history: one reviewed, one not; nobody sold to them."""
    yield 35
    reviewed, unknown = newcomers(office)
    first = office.invoice(900, days=14, partner=unknown)
    office.invoice(3000, days=45, partner=reviewed)
    yield 20
    office.pay(first)
    yield 8
    office.invoice(3000, partner=unknown)
    office.use("sale.collection.review", "controller").create(
        {
            "partner_id": reviewed.id,
            "external_source": office.say("Trade register report"),
            "external_rating": 78,
            "founded_year": office.today.year - 14,
            "total_assets": office.locale.money(900_000),
            "equity": office.locale.money(310_000),
            "visit_date": office.day(-15),
            "visit_finding": "75",
            "proposed_grade_id": find_grade(office, "B").id,
            "proposed_credit": "limit",
            "proposed_limit": office.locale.money(8000),
        }
    ).action_approve()


def newcomers(office):
    """Return the customers that are known by their references."""
    return [
        office.env["res.partner"].search([("ref", "=", ref)])
        for ref in ("N0001", "N0002")
    ]


def reviews(office):
    """One review that ends soon, one turned down, one that waits for its decision."""
    yield 175
    reviewers = office.use("sale.collection.review", "controller")
    partners = [next(office.customers) for __ in range(3)]
    reviewers.create(
        {
            "partner_id": partners[0].id,
            "valid_until": office.day(200),
            "external_source": office.say("Trade register report"),
            "external_rating": 64,
            "founded_year": office.today.year - 22,
            "total_assets": office.locale.money(2_400_000),
            "equity": office.locale.money(600_000),
        }
    ).action_approve()
    yield 90
    reviewers.create(
        {
            "partner_id": partners[1].id,
            "visit_date": office.day(-6),
            "visit_finding": "25",
            "visit_note": office.say("Half of the shelves were empty."),
            "proposed_credit": "limit",
            "proposed_limit": office.locale.money(25_000),
        }
    ).action_reject()
    yield 3
    reviewers.create(
        {
            "partner_id": partners[2].id,
            "external_source": office.say("Trade register report"),
            "external_rating": 71,
            "founded_year": office.today.year - 6,
            "visit_date": office.day(-2),
            "visit_finding": "75",
            "visit_note": office.say("Busy, two lorries were being loaded."),
            "proposed_credit": "limit",
            "proposed_limit": office.locale.money(12_000),
        }
    )


def grade_by_hand(office):
    """One customer is graded down for three months."""
    yield 18
    partner = next(office.customers)
    office.use("sale.collection.grade.override", "manager").create(
        {
            "profile_id": office.profile(partner).id,
            "grade_id": find_grade(office, "D").id,
            "reason": office.say("Its biggest buyer has filed for insolvency"),
            "date_until": office.today + timedelta(days=90),
        }
    )


def find_grade(office, name):
    return office.env["sale.collection.grade"].search([("name", "=", name)], limit=1)


def proposals(office):
    """Of the limits that follow from the grades one is given, one is not."""
    yield 55
    waiting = office.use("sale.collection.proposal", "controller").search(
        [("state", "=", "open")], limit=2, order="id"
    )
    waiting[:1].action_accept()
    waiting[1:].action_reject()
