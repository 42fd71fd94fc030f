"""What ``make demo`` makes: a company from a book, and made-up ones worth a tour."""

import json
import subprocess
import xml.etree.ElementTree as ET

import pytest

from dev import venv
from dev.base import ROOT
from dev.ledger import COLUMNS
from dev.roles import ROLES
from dev.serving import Server

from .client import Client
from .conftest import run_inside

BOOK = """\
7,A1,2019-01-02,2019-02-01,2019-02-04,1000,USD
7,A2,2019-03-04,2019-04-03,2019-04-20,500,USD
7,A3,2019-06-03,2019-07-03,,250.5,USD
8,B1,2019-05-06,2019-06-05,,100,CAD
8,B2,2019-07-01,2019-09-01,2019-07-31,300,USD
9,C1,2019-07-15,2019-07-14,,80,USD
"""


@pytest.fixture
def inside(odoo, fresh, tmp_path):
    """Return a function that does one task in the database and gives its result."""

    def perform(**options):
        path = tmp_path / "task.json"
        path.write_text(json.dumps(options))
        command = [venv.PYTHON, "-m", "dev.inside.demo", fresh, path]
        env = odoo.environment()
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
        return json.loads(path.read_text())

    return perform


def test_a_book_comes_in_and_moves(odoo, fresh, inside, tmp_path):
    """Settled rows are history, open rows invoices; then all dates move on."""
    book = tmp_path / "book.csv"
    book.write_text(",".join(COLUMNS) + "\n" + BOOK)
    loaded = inside(
        task="load", ledger=str(book), rates="CAD:0.5", today=None, day="2026-11-20"
    )
    assert loaded["last"] == "2019-07-31"
    assert "As of 31 July 2019" in loaded["text"]

    def rows(query):
        return odoo.databases.sql(query, fresh)

    history = "SELECT invoice_ref, paid_date FROM sale_collection_history ORDER BY 1"
    invoices = """
        SELECT name, state, invoice_date_due, amount_total, amount_total_signed
          FROM account_move WHERE move_type = 'out_invoice' ORDER BY name
    """
    assert [row[0] for row in rows(history)] == ["A1", "A2", "B2"]
    assert rows(invoices) == [
        ["A3", "posted", "2019-07-03", "250.50", "250.50"],
        ["B1", "posted", "2019-06-05", "100.00", "50.00"],
    ]
    profile = """
        SELECT amount_open, amount_overdue FROM sale_collection_profile
         WHERE amount_open > 0 ORDER BY amount_open
    """
    before = rows(profile)
    assert before == [["50.0", "50.0"], ["250.5", "250.5"]]

    inside(task="move", days=2667, day="2026-11-18")
    assert rows(history)[-1] == ["B2", "2026-11-18"]
    assert [row[2] for row in rows(invoices)] == ["2026-10-21", "2026-09-23"]
    assert rows(profile) == before


@pytest.mark.parametrize("currency", ["AUD", "EUR", "CNY", "JPY"])
def test_a_book_keeps_its_currency(odoo, fresh, inside, tmp_path, currency):
    """The company books in the currency of its book; no row is rejected for it."""
    book = tmp_path / "book.csv"
    own = BOOK.replace("USD", currency)
    book.write_text(",".join(COLUMNS) + "\n" + own)
    loaded = inside(
        task="load", ledger=str(book), rates="CAD:0.5", today=None, day="2026-11-20"
    )
    assert f"Amounts in {currency}." in loaded["text"]

    def rows(query):
        return odoo.databases.sql(query, fresh)

    query = """
        SELECT invoice_ref, amount, amount_company, name
          FROM sale_collection_history h JOIN res_currency c ON c.id = h.currency_id
         ORDER BY invoice_ref
    """
    assert [
        [ref, float(amount), float(own), name] for ref, amount, own, name in rows(query)
    ] == [
        ["A1", 1000, 1000, currency],
        ["A2", 500, 500, currency],
        ["B2", 300, 300, currency],
    ]
    query = """
        SELECT name, amount_total_signed FROM account_move
         WHERE move_type = 'out_invoice' ORDER BY name
    """
    whole = currency == "JPY"
    assert [[name, float(amount)] for name, amount in rows(query)] == [
        ["A3", 251 if whole else 250.5],
        ["B1", 50],
    ]
    query = """
        SELECT c.name FROM res_company JOIN res_currency c ON c.id = currency_id
    """
    assert rows(query) == [[currency]]


#: States every made-up company shows records in.
STATES = {
    "promise": {"open", "kept", "partial", "broken", "cancelled", "superseded"},
    "dispute": {"open", "accepted", "rejected", "cancelled"},
    "reminder": {"queued", "sent", "failed", "dropped"},
    # and drafts, but for the first day of a month
    "settlement": {"confirmed", "paid"},
    "hold": {"active", "released", "rejected"},
    "write.off": {"requested", "approved", "rejected"},
    "review": {"draft", "approved", "rejected"},
    "proposal": {"accepted", "rejected"},
}
#: A day at the end of a month, of a week, and of a year; TODAY may be any.
DAYS = {"en_US": "2026-11-30", "zh_CN": "2027-01-01"}


@pytest.mark.parametrize("locale", list(DAYS))
def test_a_made_up_company_is_worth_a_tour(odoo, fresh, inside, locale):
    """Every menu lists something to somebody, and its histories fit the ledger."""
    made = inside(
        task="load",
        ledger=None,
        locale=locale,
        rates="",
        today=DAYS[locale],
        day=DAYS[locale],
    )
    assert made["last"] == DAYS[locale]
    found = json.loads(run_inside(odoo, "tests.demo.audit", fresh))
    assert {what: rows for what, rows in found["wrong"].items() if rows} == {}
    for model, states in STATES.items():
        assert states <= found["states"][model].keys(), model

    served = Server(odoo, fresh, log="test-demo.log", flags=["--max-cron-threads=0"])
    served.start()
    try:
        empty, walked = walk_menus(served, fresh, DAYS[locale])
    finally:
        served.stop()
    assert walked > 20
    assert not empty


def walk_menus(served, database, day):
    """Open every menu of the application as every role, as on a day.

    :return: names of menus that list nothing to any of them; number of menus
    """
    most = {}
    for login in (*(role.login for role in ROLES), "admin"):
        client = Client(served.url, database, login, login)
        for menu in find_menus(client):
            if menu["actionModel"] != "ir.actions.act_window":
                continue
            number = count_listed(client, menu["actionID"], day)
            most[menu["xmlid"]] = max(most.get(menu["xmlid"], 0), number)
    return sorted(name for name, number in most.items() if not number), len(most)


def find_menus(client):
    """Return the menus of the application that open something."""
    menus = json.loads(client.page("/web/webclient/load_menus"))
    waiting = [
        str(menu["id"])
        for menu in menus.values()
        if menu["xmlid"] == "sale_collection.root_menu"
    ]
    found = []
    while waiting:
        menu = menus[waiting.pop()]
        waiting += map(str, menu["children"])
        found.append(menu)
    # The application itself opens its first menu.
    return [menu for menu in found if menu["actionID"] and not menu["children"]]


def count_listed(client, action_id, day):
    """Return how many records a window lists, with the filters it begins with.

    A dialog lists none: 1 when it opens. The clock of the server shows another day.
    """
    action = client.post("/web/action/load", {"action_id": action_id})
    model = action["res_model"]
    search = action["search_view_id"]
    wanted = [*action["views"], [search and search[0], "search"]]
    views = client.call(model, "get_views", wanted)
    kinds = {kind for __, kind in action["views"]}
    if kinds == {"form"}:
        client.call(model, "default_get", list(views["models"][model]["fields"]))
        return 1
    names = {"uid": client.uid, "context_today": None}
    context = evaluate(action["context"], names)
    domain = evaluate(action["domain"] or "[]", names)
    search = ET.fromstring(views["views"]["search"]["arch"])
    domain += find_default_domain(search, context, names)
    domain = [
        [*term[:2], day] if term[2:] in (("today",), ["today"]) else term
        for term in domain
    ]
    return client.call(model, "search_count", domain)


def find_default_domain(search, context, names):
    """Return the domain of the filters a list begins with.

    Filters side by side widen each other, those behind a separator narrow.
    """
    domain, together = [], []
    for one in [*search.iter(), ET.Element("separator")]:
        if one.tag in ("separator", "group"):
            together = ["|"] * (len(together) - 1) + sum(together, [])
            domain, together = domain + together, []
        elif one.get("domain") and context.get(f"search_default_{one.get('name')}"):
            own = evaluate(one.get("domain"), names)
            terms = sum(term not in ("&", "|", "!") for term in own)
            joined = sum(term in ("&", "|") for term in own)
            together.append(["&"] * (terms - 1 - joined) + own)
    return domain


def evaluate(text, names):
    """Return a domain or context as the web client has it."""
    if not isinstance(text, str):
        return text
    return eval(text, {"__builtins__": {}}, {**names, "True": True, "False": False})
