"""What a customer can see never says what we think of it.

Letters, mails, the portal and the notes on an invoice: no grade, no score, no
commission, no delay reason, no word of our own notes.
"""

import io
import json
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from lxml import html

from .client import ServerError

TODAY = date.today()
# Words of ours, each put where only colleagues should read it.
NOTES = ("Xcontactnotex", "Xdisputenotex", "Xpromisenotex", "Xoverridenotex")
REASON = "Xdelayreasonx"
FORBIDDEN = re.compile(
    "|".join([rf"\b{word}\b" for word in ("grade", "score", "commission")])
    + "|"
    + "|".join([*NOTES, REASON]),
    re.IGNORECASE,
)


def visible(page):
    """Return what a page says: without scripts, styles and tags."""
    page = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", page)
    return unescape(re.sub(r"(?s)<[^>]+>", " ", page))


def assert_discreet(text, where):
    """Fail with the word found and some words around it."""
    found = FORBIDDEN.search(text)
    assert not found, f"{where}: ...{text[max(0, found.start() - 40) :][:120]}..."


def day(offset):
    """Return the day so many days from today, as text."""
    return (TODAY + timedelta(offset)).isoformat()


def make_invoice(admin, customer):
    """Return a posted invoice of 1,000 that is a month late."""
    if not admin.call("account.journal", "search", [["type", "=", "sale"]]):
        company = admin.call("res.company", "search", [], limit=1)
        admin.call("account.chart.template", "try_loading", "generic_coa", company[0])
    line = {"name": "Goods", "quantity": 1, "price_unit": 1000, "tax_ids": []}
    values = {
        "move_type": "out_invoice",
        "partner_id": customer,
        "invoice_date": day(-60),
        "invoice_date_due": day(-30),
        "invoice_line_ids": [[0, 0, line]],
    }
    invoice = admin.call("account.move", "create", [values])[0]
    admin.call("account.move", "action_post", [invoice])
    return invoice


def make_records(admin, customer, invoice):
    """Write all we think of the customer down; return the ids a test needs."""
    action = admin.call("res.partner", "action_log_contact", [customer])
    profile = action["context"]["default_profile_id"]
    reason = admin.call(
        "sale.collection.reason", "create", [{"name": REASON, "side": "us"}]
    )[0]
    base = {"profile_id": profile, "reason_id": reason}
    admin.call(
        "sale.collection.contact",
        "create",
        [{**base, "result": "refused", "note": NOTES[0], "next_date": day(3)}],
    )
    line = admin.call(
        "account.move.line",
        "search",
        [["move_id", "=", invoice], ["account_type", "=", "asset_receivable"]],
    )[0]
    dispute = admin.call(
        "sale.collection.dispute",
        "create",
        [{**base, "note": NOTES[1], "line_ids": [[0, 0, {"line_id": line}]]}],
    )[0]
    promise = admin.call(
        "sale.collection.promise",
        "create",
        [{"profile_id": profile, "amount": 500, "date": day(5), "note": NOTES[2]}],
    )[0]
    admin.call("sale.collection.promise", "action_open", [promise])
    grade = admin.call("sale.collection.grade", "search", [], limit=1)[0]
    admin.call(
        "sale.collection.grade.override",
        "create",
        [
            {
                "profile_id": profile,
                "grade_id": grade,
                "reason": NOTES[3],
                "date_until": day(30),
            }
        ],
    )
    return {"dispute": dispute, "promise": promise}


@pytest.fixture(scope="module")
def case(server):
    """Return a customer with a portal login, an invoice and all our thoughts of it."""
    from .client import Client

    admin = Client(server.url, server.database, "admin", "admin")
    customer = admin.call(
        "res.partner",
        "create",
        [{"name": "Portal Customer", "email": "portal.customer@example.com"}],
    )[0]
    portal = admin.call(
        "ir.model.data", "check_object_reference", "base", "group_portal"
    )
    admin.call(
        "res.users",
        "create",
        [
            {
                "login": "portal.customer",
                "password": "portal.customer",
                "partner_id": customer,
                "group_ids": [[6, 0, [portal[1]]]],
            }
        ],
        context={"no_reset_password": True},
    )
    invoice = make_invoice(admin, customer)
    admin.call("account.move", "message_subscribe", [invoice], [customer])
    records = make_records(admin, customer, invoice)
    user = Client(server.url, server.database, "portal.customer", "portal.customer")
    return {
        "admin": admin,
        "portal": user,
        "customer": customer,
        "invoice": invoice,
        **records,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/my",
        "/my/invoices",
        "/my/invoices/overdue",
        "/my/invoices/{invoice}",
        "/my/invoices/{invoice}?report_type=html",
        "/my/statement",
        "/my/statement/period",
    ],
)
def test_portal_pages(case, path):
    """The customer's own pages are discreet."""
    page = case["portal"].page(path.format(**case))
    assert "Portal Customer" in page or "Invoice" in page
    assert_discreet(visible(page), path)


def test_portal_thread(case):
    """The messages under the invoice are discreet, to follow and to read."""
    admin, invoice = case["admin"], case["invoice"]
    admin.call(
        "account.move",
        "message_post",
        [invoice],
        body="Please find your invoice.",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    on_invoice = [["model", "=", "account.move"], ["res_id", "=", invoice]]
    for message in admin.call("mail.message", "search_read", on_invoice, ["body"]):
        assert_discreet(visible(message["body"]), "message on the invoice")


def test_mails_to_the_customer(case):
    """Every mail to the customer, of promises too, is discreet."""
    admin = case["admin"]
    for name in ("mail_template_promise_due", "mail_template_promise_broken"):
        template = admin.call(
            "ir.model.data", "check_object_reference", "sale_collection", name
        )[1]
        admin.call("mail.template", "send_mail", [template], case["promise"])
    to_customer = [
        "|",
        ["recipient_ids", "in", [case["customer"]]],
        ["email_to", "ilike", "portal.customer@example.com"],
    ]
    mails = admin.call(
        "mail.mail", "search_read", to_customer, ["subject", "body_html"]
    )
    assert len(mails) >= 2
    for mail in mails:
        text = f"{mail['subject']} {visible(mail['body_html'] or '')}"
        assert_discreet(text, "mail to the customer")


def test_promise_letter(case):
    """The letter the customer signs is discreet."""
    page = case["admin"].page(
        f"/report/html/sale_collection.promise_letter/{case['promise']}"
    )
    text = visible(page)
    assert "500.00" in text
    assert_discreet(text, "promise letter")


def test_credit_note_of_a_dispute(case):
    """The credit note that settles a dispute does not say what we think of it."""
    admin = case["admin"]
    action = admin.call(
        "sale.collection.dispute", "action_create_credit_note", [case["dispute"]]
    )
    admin.call("account.move", "action_post", [action["res_id"]])
    page = admin.page(
        f"/report/html/account.report_invoice_with_payments/{action['res_id']}"
    )
    assert_discreet(visible(page), "credit note")


@pytest.mark.parametrize(
    "model",
    [
        *("profile", "contact", "dispute", "promise", "reason", "score", "write.off"),
        *("confirmation", "pay.link", "objection", "paper.answer"),
    ],
)
def test_portal_cannot_read_our_models(case, model):
    """Asking the server directly does not help either."""
    with pytest.raises(ServerError):
        case["portal"].call(f"sale.collection.{model}", "search_read", [], ["id"])


def test_portal_cannot_read_our_fields_of_an_invoice(case):
    """Fields of ours on the invoice are for colleagues."""
    for name in ("collection_summary", "collection_disputed"):
        with pytest.raises(ServerError):
            case["portal"].call("account.move", "read", [case["invoice"]], [name])


def test_mails_bear_the_company(case):
    """Above a mail stands the company, never the name of one of our records."""
    admin = case["admin"]
    action = admin.call("res.partner", "action_log_contact", [case["customer"]])
    profile = action["context"]["default_profile_id"]
    dialog = admin.call(
        "sale.collection.statement", "create", [{"profile_ids": [[6, 0, [profile]]]}]
    )
    admin.call("sale.collection.statement", "action_send", dialog)
    scheduled = admin.call("mail.scheduled.message", "search", [])
    admin.call("mail.scheduled.message", "post_message", scheduled)
    [mail] = admin.call(
        "mail.mail",
        "search_read",
        [["recipient_ids", "in", [case["customer"]]], ["subject", "like", "statement"]],
        ["body_html"],
    )
    head = visible(mail["body_html"].partition("<table")[2]).partition("Dear")[0]
    [company] = admin.call("res.company", "search_read", [], ["name"], limit=1)
    assert company["name"] in head
    assert "Portal Customer" not in head
    assert "credit profile" not in visible(mail["body_html"]).lower()


def test_links_of_a_statement(case):
    """What a statement links to, to pay and to confirm, is discreet without login."""
    admin = case["admin"]
    make_invoice(admin, case["customer"])
    action = admin.call("res.partner", "action_log_contact", [case["customer"]])
    profile = action["context"]["default_profile_id"]
    values = {
        "profile_ids": [[6, 0, [profile]]],
        "asks_confirmation": True,
        "confirm_date": day(0),
    }
    dialog = admin.call("sale.collection.statement", "create", [values])
    admin.call("sale.collection.statement", "action_send", dialog)
    waiting = [["model", "=", "sale.collection.profile"], ["res_id", "=", profile]]
    [message] = admin.call("mail.scheduled.message", "search_read", waiting, ["body"])
    assert_discreet(visible(message["body"]), "mail with a statement")
    paths = set(re.findall(r"/my/statement/(?:open|confirm)/[\w-]+", message["body"]))
    assert len(paths) == 2
    for path in paths:
        page = case["portal"].page(path)
        assert "Portal Customer" in page
        assert_discreet(visible(page), path)


# === WHAT THE CUSTOMER SAYS ON THE PORTAL, AND READS AGAIN ===#

ALL = {"active_test": False}


def read_block(case, number=0):
    """Return the fields that choose an instalment on the account."""
    page = html.fromstring(case["portal"].page("/my/statement"))
    [form] = page.xpath("//form[contains(@class, 'o_collection_block')]")
    line = form.xpath(".//input[@name='line']/@value")[number]
    return {"block": form.xpath(".//input[@name='block']/@value")[0], "line": line}


def fill_in(case, name, chosen, **values):
    """Send a form of the page where the customer tells: return the page after it."""
    path = f"/my/statement/tell?{urlencode(chosen)}"
    [form] = html.fromstring(case["portal"].page(path)).xpath(f"//form[@name='{name}']")
    given = {
        field.get("name"): field.get("value")
        for field in form.xpath(".//input[@value]")
    }
    for field in form.xpath(".//select"):
        given[field.get("name")] = field.xpath("./option/@value")[-1]
    data = {**given, **values}
    return case["portal"].file(form.get("action"), list(data.items())).decode()


def pay_online(case, chosen):
    """Begin to pay as the page to pay does: return the address it leads to."""
    admin = case["admin"]
    [method] = admin.call(
        "payment.method", "search", [["code", "=", "card"]], context=ALL, limit=1
    )
    company = admin.call("res.company", "search", [], limit=1)[0]
    values = {"name": "Provider", "company_id": company, "is_published": True}
    values |= {"state": "enabled", "payment_method_ids": [[6, 0, [method]]]}
    provider = admin.call("payment.provider", "create", [values])[0]
    admin.call("payment.method", "write", [method], {"active": True})
    path = f"/my/statement/pay?{urlencode(chosen)}"
    page = html.fromstring(case["portal"].page(path))
    [form] = page.xpath("//form[@id='o_payment_form']")
    answer = case["portal"].post(
        form.get("data-transaction-route"),
        {
            "provider_id": provider,
            "payment_method_id": method,
            "token_id": None,
            "amount": float(form.get("data-amount")),
            "flow": "direct",
            "tokenization_requested": False,
            "is_validation": False,
            "landing_route": form.get("data-landing-route"),
            "access_token": form.get("data-access-token"),
        },
    )
    [payment] = admin.call(
        "payment.transaction",
        "search_read",
        [["reference", "=", answer["reference"]]],
        ["landing_route"],
    )
    return payment["landing_route"]


@pytest.fixture(scope="module")
def told(case):
    """Return the addresses of what the customer said, paid and downloads."""
    admin = case["admin"]
    company = admin.call("res.company", "search", [], limit=1)
    bounds = {"collection_portal_plan_parts": 4, "collection_portal_plan_days": 365}
    admin.call("res.company", "write", company, bounds)
    for _number in range(3):
        make_invoice(admin, case["customer"])
    first, second, third = (read_block(case, number) for number in range(3))
    words = "Two boxes were broken."
    page = fill_in(case, "dispute", first, amount="20", words=words)
    assert "look into it" in visible(page)
    fill_in(case, "plan", second, count="3", first=day(5))
    account = html.fromstring(case["portal"].page("/my/statement"))
    [objection] = account.xpath("//a[@name='to_objection']/@href")
    [plan] = account.xpath("//a[@name='plan']/@href")
    return {
        "account": "/my/statement",
        "tell": f"/my/statement/tell?{urlencode(third)}",
        "objection": objection,
        "plan": plan,
        "pay": f"/my/statement/pay?{urlencode(third)}",
        "paid": pay_online(case, first),
        "letter": f"{plan}/letter",
        "statement": "/my/statement/download/pdf",
        "period": "/my/statement/download/period",
        "workbook": "/my/statement/download/xlsx",
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account", "Your objections"),
        ("tell", "What is wrong?"),
        ("objection", "Two boxes were broken."),
        ("plan", "Payment plan"),
        ("pay", "1,000.00"),
        ("paid", "1,000.00"),
    ],
)
def test_pages_of_what_the_customer_says(case, told, name, words):
    """The pages to tell, to pay, and of what became of it, are discreet."""
    page = case["portal"].page(told[name])
    assert words in visible(page)
    assert_discreet(visible(page), told[name])
    reasons = case["admin"].call("sale.collection.reason", "search_read", [], ["name"])
    for reason in reasons:
        assert reason["name"] not in visible(page), told[name]


def test_messages_of_an_objection(case, told):
    """Of its thread the customer reads messages, and never a note of ours."""
    admin, dispute = case["admin"], int(told["objection"].rpartition("/")[2])
    for body, subtype in (("We are sorry.", "mt_comment"), (NOTES[1], "mt_note")):
        admin.call(
            "sale.collection.dispute",
            "message_post",
            [dispute],
            body=body,
            message_type="comment",
            subtype_xmlid=f"mail.{subtype}",
        )
    page = html.fromstring(case["portal"].page(told["objection"]))
    [thread] = page.xpath("//div[@id='discussion']")
    found = case["portal"].post(
        "/mail/chatter_fetch",
        {
            "thread_model": thread.get("data-res_model"),
            "thread_id": dispute,
            "token": thread.get("data-token"),
        },
    )
    text = str(found["data"])
    assert "We are sorry." in text
    assert_discreet(text, "thread of the objection")


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("letter", "sale_collection.promise_letter"),
        ("statement", "sale_collection.statement"),
        ("period", "sale_collection_portal.account"),
    ],
)
def test_printed_downloads(case, told, name, report):
    """What the customer prints is discreet: read as the page it is printed from."""
    assert case["portal"].file(told[name]).startswith(b"%PDF")
    admin = case["admin"]
    action = admin.call("res.partner", "action_log_contact", [case["customer"]])
    shown = action["context"]["default_profile_id"]
    if name == "letter":
        shown = int(told["plan"].rpartition("/")[2])
    period = json.dumps({"date_from": day(-90), "date_to": day(0)})
    query = urlencode({"options": period})
    text = visible(admin.page(f"/report/html/{report}/{shown}?{query}"))
    assert "1,000.00" in text
    assert_discreet(text, told[name])


def test_workbook(case, told):
    """The workbook a customer downloads is discreet, sheet by sheet."""
    book = zipfile.ZipFile(io.BytesIO(case["portal"].file(told["workbook"])))
    text = visible(" ".join(book.read(name).decode() for name in book.namelist()))
    assert "INV/" in text
    assert_discreet(text, told["workbook"])
