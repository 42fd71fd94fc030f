"""Two sessions at once: whoever comes first, the ledger is right afterwards."""

import json

from .conftest import run_inside

ROUNDS = 5
#: Money may go wrong once in fifty.
HOLD_ROUNDS = 50


def race(odoo, database, module, rounds=ROUNDS):
    """Return the results of the races of a module."""
    lines = run_inside(odoo, f"tests.races.{module}", database, str(rounds))
    return [json.loads(line) for line in lines.splitlines()]


def all_right(*races, rounds=ROUNDS):
    return [{"race": name, "rounds": rounds, "wrong": []} for name in races]


def test_races_on_the_ledger(odoo, database):
    """Five rounds of each race leave no line with wrong money."""
    assert race(odoo, database, "ledger") == all_right(
        "race_two_payments", "race_payment_and_undo", "race_sync_and_audit"
    )


def test_races_on_promises(odoo, database):
    """Five rounds of each race leave one claim, and money counted once."""
    assert race(odoo, database, "promise") == all_right(
        "race_two_promises", "race_promise_and_payment", "race_cancel_and_judge"
    )


def test_races_on_profiles(odoo, database):
    """Five rounds of each race leave one profile that says what the ledger says."""
    assert race(odoo, database, "profile") == all_right(
        "race_two_makers", "race_night_and_touched", "race_night_and_late_payment"
    )


def test_races_on_commission(odoo, database):
    """Five rounds of each race book money once, and nobody fails."""
    assert race(odoo, database, "commission") == all_right("race_two_accruals")


def test_races_on_holds(odoo, database):
    """Of two that want the same free credit exactly one gets it, fifty times over."""
    assert race(odoo, database, "hold", HOLD_ROUNDS) == all_right(
        "race_two_orders",
        "race_two_orders_one_refused",
        "race_two_deliveries",
        "race_order_against_delivery",
        rounds=HOLD_ROUNDS,
    )


def test_races_on_reminders(odoo, database):
    """Whoever sends, prepares or pays at once: one mail, none for what is paid."""
    assert race(odoo, database, "reminder") == all_right(
        "race_two_senders", "race_two_nights", "race_sender_and_payer"
    )


def test_races_on_settlements(odoo, database):
    """Five rounds of each race settle every cent once."""
    assert race(odoo, database, "settlement") == all_right(
        "race_two_confirm_one_draft",
        "race_two_drafts_of_the_same_money",
        "race_two_settle_from_the_start",
        "race_confirm_and_money",
        "race_two_reopen",
    )


def test_races_on_the_portal(odoo, database):
    """Of two who pay, promise or object to the same invoice at once one does."""
    assert race(odoo, database, "portal") == all_right(
        "race_two_payers",
        "race_promise_and_plan",
        "race_promise_and_plan_at_once",
        "race_two_promises",
        "race_two_objections",
    )
