"""Fills the address book of the made-up company: users, customers, who pays there."""

from datetime import timedelta

from odoo.fields import Command

#: Salespeople beside the role ``rep``; the password is the login.
MORE_REPS = ("rep2", "rep3")
#: Customers without any e-mail address: they get letters.
ON_PAPER = (11, 23, 37)
#: References and numbers of customers that come later, without a ledger.
NEWCOMERS = {"N0001": 201, "N0002": 202}
#: Those whose papers are told of, so that no other story is in their way.
ON_FILE = {f"P{number:04}": 202 + number for number in range(1, 15)}
#: Price of one unit of each of the goods.
PRICES = (450, 900, 320, 260, 380, 520)
#: Who agrees on limits, and why.
GROUNDS = (
    ("controller", "Agreed with the first order."),
    ("controller", "Has paid on time for a year."),
    ("manager", "Asked for by sales; the register shows no doubt."),
)


def settle_in(env, locale, book):
    """Make all people and goods; return {customer reference: partner id}."""
    # Nobody needs a mail for each customer given to a salesperson.
    env = env(context={**env.context, "mail_auto_subscribe_no_notify": True})
    make_reps(env)
    name_users(env, locale)
    make_goods(env, locale)
    make_agent(env, locale)
    logins = ("rep", *MORE_REPS)
    sellers = env["res.users"].search([("login", "in", logins)], order="login")
    env["res.users"].flush_model()
    env.ref("sales_team.team_sales_department").member_ids = sellers
    customers = make_customers(env, locale, book, sellers)
    make_persons(env, locale, customers)
    return {partner.ref: partner.id for partner in customers}


def make_reps(env):
    """Make colleagues of the role ``rep``."""
    rep = env["res.users"].search([("login", "=", "rep")])
    env["res.users"].with_context(no_reset_password=True).create(
        [
            {
                "login": login,
                "password": login,
                "name": login,
                "email": f"{login}@example.com",
                "group_ids": [Command.set(rep.group_ids.ids)],
            }
            for login in MORE_REPS
        ]
    )


def name_users(env, locale):
    """Give the users names, language and clock of the country."""
    common = {"lang": locale.code, "tz": locale.time_zone}
    for user in env["res.users"].with_context(active_test=False).search([]):
        name = locale.users.get(user.login)
        if name or user.login in ("admin", "__system__"):
            user.write({**common, **({"name": name} if name else {})})


def make_goods(env, locale):
    """Make what is sold."""
    env["product.product"].create(
        [
            {
                "name": name,
                "default_code": f"DEMO-{place}",
                "type": "consu",
                "list_price": locale.money(price),
                "taxes_id": False,
            }
            for place, (name, price) in enumerate(
                zip(locale.goods, PRICES, strict=True), 1
            )
        ]
    )


def make_agent(env, locale):
    """Make an agent from outside the company."""
    person = locale.name_person(180)
    place = locale.find_place(4)
    env["res.partner"].create(
        {
            "name": person.name,
            "ref": "AGENT",
            "email": f"{person.mailbox}@agent.example",
            "phone": locale.find_phone(198),
            "lang": locale.code,
            **place._asdict(),
        }
    )


def make_customers(env, locale, book, sellers):
    """Return the customers of the ledger and those that come later."""
    numbers = {ref: int(ref[1:]) for ref in sorted(book.names)}
    numbers |= NEWCOMERS | ON_FILE
    country = env.ref(f"base.{locale.country}")
    partners = env["res.partner"].create(
        [
            {
                "name": locale.name_customer(number),
                "ref": ref,
                "is_company": True,
                "customer_rank": 1,
                "lang": locale.code,
                "country_id": country.id,
                "phone": locale.find_phone(number),
                "email": number not in ON_PAPER
                and f"accounts@{make_domain(locale, ref, number)}",
                "user_id": ref not in NEWCOMERS and sellers[number % len(sellers)].id,
                **locale.find_place(number)._asdict(),
            }
            for ref, number in numbers.items()
        ]
    )
    return partners


def agree_limits(office, limits, start):
    """Give customers their credit limits from a day on, one a day.

    :param limits: {customer reference: limit as the English company has it}
    """
    customers = office.env["res.partner"].search([("ref", "in", list(limits))])
    for number, customer in enumerate(customers.sorted("ref")):
        yield office.ago(start + timedelta(days=number))
        login, reason = GROUNDS[number % len(GROUNDS)]
        office.set_limit(customer, limits[customer.ref], reason, login)


def make_domain(locale, ref, number):
    """Return a domain of a customer: those that end so are reserved for examples."""
    if locale.words is not None:
        return f"{ref.lower()}.example"
    return f"{locale.name_customer(number).lower().replace(' ', '-')}.example"


def make_persons(env, locale, customers):
    """Make who pays at each customer, and who decides on it."""
    roles = []
    for place, customer in enumerate(customers):
        kinds = ("handler", "decision", "finance")[: 2 + (place % 3 == 0)]
        roles += [(customer, role, 3 * place + turn) for turn, role in enumerate(kinds)]
    people = env["res.partner"].create(
        [
            {
                "parent_id": customer.id,
                "name": locale.name_person(number).name,
                "function": locale.say(FUNCTIONS[role]),
                "phone": locale.find_phone(number + 60),
                "email": customer.email
                and locale.name_person(number).mailbox
                + customer.email[customer.email.index("@") :],
                "lang": locale.code,
                "type": "contact",
            }
            for customer, role, number in roles
        ]
    )
    env["sale.collection.contact.role"].create(
        [
            {"customer_id": customer.id, "contact_id": person.id, "role": role}
            for (customer, role, __), person in zip(roles, people, strict=True)
        ]
    )


FUNCTIONS = {
    "handler": "Accounts payable",
    "decision": "Managing director",
    "finance": "Head of finance",
}
