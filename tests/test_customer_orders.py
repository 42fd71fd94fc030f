"""A customer signs and pays on line what we would refuse: the yes is kept.

The order is confirmed, the money is in the books, the goods wait, and the customer
reads nothing about limits or grades.
"""

import re
from datetime import date, timedelta

import pytest

from dev import logs
from dev.base import log_file
from dev.serving import Server

from .client import Client, ServerError, Visitor
from .conftest import own_database, run_inside
from .test_customer_sees import visible

#: The smallest picture there is, as a signature.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
INDISCREET = re.compile(r"overdue|limit|grade|score|credit|on hold", re.IGNORECASE)


@pytest.fixture(scope="module")
def shop(odoo):
    """Yield a server of its own whose customers can pay on line."""
    with own_database(odoo, "shop") as name:
        odoo.install(name, ["payment_demo"], log="test-shop-install.log")
        run_inside(odoo, "dev.inside.users", name)
        flags = ["--log-level=warn", "--log-handler=odoo.http:ERROR"]
        served = Server(odoo, name, log="test-shop.log", flags=flags)
        served.start()
        yield served
        served.stop()


@pytest.fixture(scope="module")
def admin(shop):
    """Return the administrator of a company that takes payments on line."""
    client = Client(shop.url, shop.database, "admin", "admin")
    company = client.call("res.company", "search", [], limit=1)[0]
    if not client.call("account.journal", "search", [["type", "=", "sale"]]):
        client.call("account.chart.template", "try_loading", "generic_coa", company)
    provider = client.call("payment.provider", "search", [["code", "=", "demo"]])[:1]
    client.call(
        "payment.provider", "write", provider, {"state": "test", "is_published": True}
    )
    return client


@pytest.fixture
def rule(admin):
    """Refuse orders of customers that are late."""
    late = {"code": "overdue_days", "threshold": 10}
    ids = admin.call(
        "sale.collection.hold.rule",
        "create",
        [
            {
                "name": "Late payers",
                "strength": "refuse",
                "condition_ids": [[0, 0, late]],
            }
        ],
    )
    yield ids[0]
    admin.call("sale.collection.hold.rule", "write", ids, {"active": False})


def make_customer(admin):
    """Return a customer that is a month late with 500."""
    customer = admin.call(
        "res.partner",
        "create",
        [{"name": "Late Customer", "email": "late.customer@example.com"}],
    )[0]
    today = date.today()
    line = {"name": "Goods", "quantity": 1, "price_unit": 500, "tax_ids": []}
    invoice = admin.call(
        "account.move",
        "create",
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer,
                "invoice_date": (today - timedelta(60)).isoformat(),
                "invoice_date_due": (today - timedelta(30)).isoformat(),
                "invoice_line_ids": [[0, 0, line]],
            }
        ],
    )[0]
    admin.call("account.move", "action_post", [invoice])
    return customer


def make_quotation(admin, customer, **values):
    """Return a quotation of 1,000 for ten storable goods, and the customer's link."""
    product = admin.call(
        "product.product",
        "create",
        [
            {
                "name": "Goods",
                "is_storable": True,
                "list_price": 100,
                "taxes_id": [[5]],
            }
        ],
    )[0]
    line = {"product_id": product, "product_uom_qty": 10}
    order = admin.call(
        "sale.order",
        "create",
        [
            {
                "partner_id": customer,
                "require_signature": True,
                "order_line": [[0, 0, line]],
                **values,
            }
        ],
    )[0]
    link = admin.call("sale.order", "get_portal_url", [order])
    return order, re.search(r"access_token=([\w-]+)", link)[1]


def sign(visitor, order, token):
    answer = visitor.post(
        f"/my/orders/{order}/accept",
        {"access_token": token, "name": "Late Customer", "signature": SIGNATURE},
    )
    assert "error" not in answer
    return answer


def pay(admin, visitor, order, token, amount):
    """Pay on line as the page does: make a transaction, go through, ask for the end."""
    provider = admin.call("payment.provider", "search", [["code", "=", "demo"]])[0]
    method = admin.call("payment.method", "search", [["code", "=", "demo"]])[0]
    processing = visitor.post(
        f"/my/orders/{order}/transaction",
        {
            "access_token": token,
            "provider_id": provider,
            "payment_method_id": method,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": f"/my/orders/{order}?access_token={token}",
        },
    )
    details = {
        "reference": processing["reference"],
        "payment_details": "4242",
        "simulated_state": "done",
    }
    visitor.post("/payment/demo/simulate_payment", details)
    assert visitor.post("/payment/status/poll", {})["state"] == "done"


def read(admin, order):
    """Return state, hold and number of deliveries of an order."""
    fields = ["state", "collection_hold_state", "delivery_count", "signed_by"]
    (values,) = admin.call("sale.order", "read", [order], fields)
    return values


def held_quantities(admin, order):
    rows = admin.call(
        "sale.collection.held.demand",
        "search_read",
        [["order_id", "=", order]],
        ["quantity"],
    )
    return [row["quantity"] for row in rows]


def test_signed_and_paid_in_part(shop, admin, rule):
    """30 % down: confirmed, in the ledger, held; the sales rep could not confirm."""
    order, token = make_quotation(
        admin, make_customer(admin), require_payment=True, prepayment_percent=0.3
    )
    with pytest.raises(ServerError):
        admin.call("sale.order", "action_confirm", [order])
    assert read(admin, order)["state"] == "draft"

    visitor = Visitor(shop.url)
    sign(visitor, order, token)
    pay(admin, visitor, order, token, 300)

    found = read(admin, order)
    assert (found["state"], found["collection_hold_state"]) == ("sale", "held")
    assert (found["delivery_count"], found["signed_by"]) == (0, "Late Customer")
    assert held_quantities(admin, order) == [10]
    payments = admin.call(
        "account.payment",
        "search_read",
        [["payment_transaction_id.sale_order_ids", "in", [order]]],
        ["amount", "state"],
    )
    assert [payment["amount"] for payment in payments] == [300]
    assert payments[0]["state"] in ("in_process", "paid")

    page = visible(visitor.page(f"/my/orders/{order}?access_token={token}"))
    assert not INDISCREET.search(page), INDISCREET.search(page)


def test_signed_only(shop, admin, rule):
    """A signature is kept as well: the goods wait and a controller decides."""
    order, token = make_quotation(admin, make_customer(admin), require_payment=False)
    sign(Visitor(shop.url), order, token)
    found = read(admin, order)
    assert (found["state"], found["collection_hold_state"]) == ("sale", "held")
    assert held_quantities(admin, order) == [10]

    hold = admin.call("sale.collection.hold", "search", [["order_id", "=", order]])
    controller = Client(shop.url, shop.database, "controller", "controller")
    controller.call("sale.collection.hold", "action_release", hold, "Known to us")
    found = read(admin, order)
    assert (found["collection_hold_state"], found["delivery_count"]) == ("released", 1)
    assert held_quantities(admin, order) == []


def test_paid_in_full_passes(shop, admin, rule):
    """Who has paid everything is not held."""
    order, token = make_quotation(
        admin, make_customer(admin), require_payment=True, prepayment_percent=1.0
    )
    visitor = Visitor(shop.url)
    sign(visitor, order, token)
    pay(admin, visitor, order, token, 1000)
    found = read(admin, order)
    assert (found["state"], found["delivery_count"]) == ("sale", 1)
    assert held_quantities(admin, order) == []


def test_nothing_bad_was_logged(shop):
    """No code of ours raised inside the processing of a payment."""
    assert (
        logs.check([log_file("test-shop.log"), log_file("test-shop-install.log")]) == []
    )
