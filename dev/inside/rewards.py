"""Commission: a plan for all reps, a share for a colleague, an agent, targets, and the
months settled one after the other.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

#: Percent of the collected money reps earn, and agents of theirs.
RATE = 3.0
AGENT_RATE = 2.0
#: Part of each settlement that is kept back against bad debts.
RESERVE = 10.0
#: What a rep is to collect in a month, by login.
TARGETS = {"rep": 22_000, "rep2": 20_000, "rep3": 22_000}
#: Whole months of commission before this one.
MONTHS = 6


def tell(office):
    """Return the stories of commission."""
    months = [settle(office, month) for month in range(MONTHS, 0, -1)]
    return [plans(office), *months, this_month(office)]


def plans(office):
    """Set plans, shares and targets before the first money comes."""
    yield office.ago(office.month(MONTHS))
    first = office.month(MONTHS)
    manager = office.use("sale.collection.commission.plan", "manager")
    manager.create(
        {
            "name": office.say("Reps %(year)s", year=first.year),
            "date_from": first - relativedelta(months=3),
            "rate_ids": [
                Command.create({"sequence": 1, "percent": 5.0, "customer": "new"}),
                Command.create({"sequence": 2, "percent": RATE}),
            ],
            "reserve_percent": RESERVE,
        }
    )
    customers = [next(office.customers) for __ in range(2)]
    agent = office.env["res.partner"].search([("ref", "=", "AGENT")])
    manager.create(
        {
            "name": office.say("Agents"),
            "date_from": first - relativedelta(months=3),
            "agent_ids": [Command.set(agent.ids)],
            "rate_ids": [Command.create({"percent": AGENT_RATE})],
        }
    )
    share_out(office, customers, agent)
    for months in range(MONTHS, -1, -1):
        office.use("sale.collection.target", "manager").create(
            [
                {
                    "user_id": office.user(login).id,
                    "date_from": office.month(months),
                    "date_to": office.month(months) + relativedelta(day=31),
                    "amount": office.locale.money(amount),
                }
                for login, amount in TARGETS.items()
            ]
        )


def share_out(office, customers, agent):
    """A colleague has a part in one customer, an agent in two."""
    shares = office.use("sale.collection.commission.share", "manager")
    colleagues = [
        login for login in TARGETS if office.user(login) != customers[0].user_id
    ]
    shares.create(
        [
            {
                "partner_id": customers[0].id,
                "user_id": office.user(colleagues[0]).id,
                "percent": 30,
            },
            *(
                {"partner_id": customer.id, "agent_id": agent.id, "percent": percent}
                for customer, percent in zip(customers, (20, 100), strict=True)
            ),
        ]
    )


def settle(office, month):
    """Settle the month so many months ago: confirmed, accepted and, but for the last
    one, paid. The reps ask about two of them.
    """
    after = office.month(month - 1)
    yield max(office.ago(after + timedelta(days=2)), 0)
    preview = office.use("sale.collection.settlement.preview", "manager")
    first = office.month(month)
    settlements = preview._prepare_drafts(first, first + relativedelta(day=31))
    settlements.action_confirm()
    if month == 1:
        ask(office, settlements, "When is last month's commission paid?")
        return
    ago = office.ago(after + timedelta(days=4))
    if ago > 0:
        yield ago
    accept(office, settlements, month)
    ago = office.ago(after + timedelta(days=9))
    if ago > 0:
        yield ago
    pay(office, settlements)


def this_month(office):
    """What there is to be paid for this month so far: a draft."""
    yield 0
    first = office.month(0)
    office.use("sale.collection.settlement.preview", "manager")._prepare_drafts(
        first, first + relativedelta(day=31)
    )


def accept(office, settlements, month):
    """Have the reps accept; once one of them asks first and is answered."""
    if month == 2:
        question = ask(office, settlements, "Why is it less than the month before?")
        question = question.with_user(office.user("manager"))
        question.answer = office.say(
            "Some of the money came five weeks late: factor 0.5."
        )
        question.action_answer()
    for settlement in settlements.filtered("user_id"):
        settlement.with_user(settlement.user_id).action_accept()


def ask(office, settlements, text):
    """Return the question of a rep about one of the settlements."""
    settlement = settlements.filtered("user_id")[:1]
    questions = office.env["sale.collection.settlement.question"]
    asking = questions.with_user(settlement.user_id)
    return asking._ask(settlement.with_user(settlement.user_id), office.say(text))


def pay(office, settlements):
    """Pay reps with their wages and agents by vendor bill."""
    agents = settlements.filtered(lambda one: one.agent_id and one.amount_payable)
    if agents:
        agents.sudo().action_create_bill()
        bills = agents.sudo().bill_id
        bills.action_post()
        payments = office.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bills.ids
        )
        payments.create({"payment_date": office.today})._create_payments()
    rest = settlements.filtered(lambda one: one.state == "confirmed")
    rest._mark_paid(office.today)
