"""Settlements over many periods: no cent is lost, none is paid twice."""

from math import fsum, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.sale_collection_commission.tools.settlement import (
    Account,
    Earned,
    carry,
    reserve_moves,
    reversal_forward,
)

cents = st.integers(-500_000, 500_000).map(lambda number: number / 100)
losses = st.integers(-50_000, 0).map(lambda number: number / 100)
percents = st.sampled_from((0, 10, 15, 33.3, 100))
months = st.lists(st.tuples(cents, percents, losses), min_size=1, max_size=8)


@given(months, st.integers(0, 3))
def test_reserve_never_overdrawn(earned, wait):
    """What is put in comes out again, as pay or as loss, never more."""
    kept, gone = [], 0.0
    for number, (amount, percent, loss) in enumerate(earned):
        due = fsum(kept[: max(number - wait, 0)])
        account = Account(fsum(kept), due, gone)
        moves = reserve_moves([Earned(1, amount, percent, loss)], account)
        put_in = fsum(move.reserve for move in moves if move.reserve > 0)
        taken = -fsum(move.reserve for move in moves if move.reserve < 0)
        assert put_in <= max(amount, 0.0) + 1e-9
        assert all(isclose(move.pay, -move.reserve) for move in moves)
        kept.append(put_in)
        gone += taken
        assert gone <= fsum(kept[:number]) + 1e-6


@given(months)
def test_all_is_paid_in_the_end(earned):
    """With all reserve released, payments sum to what was earned."""
    paid, kept, gone, brought = 0.0, 0.0, 0.0, 0.0
    for amount, percent, loss in [*earned, (0.0, 0, 0.0)]:
        account = Account(kept, kept, gone)
        moves = reserve_moves([Earned(1, amount, percent, loss)], account)
        kept += fsum(move.reserve for move in moves if move.reserve > 0)
        gone -= fsum(move.reserve for move in moves if move.reserve < 0)
        total = amount + loss + brought + fsum(move.pay for move in moves)
        payable, brought = carry(total)
        assert payable >= 0 >= brought
        paid += payable
    whole = fsum(amount + loss for amount, _percent, loss in earned)
    assert paid + brought == pytest.approx(whole, abs=1e-6)


@given(cents, st.booleans())
def test_reversal_undoes(total, was_paid):
    """A settlement and its reversal leave nothing but the money paid out."""
    payable, forward = carry(total)
    was_paid = was_paid and payable > 0
    back = reversal_forward(was_paid, payable, forward)
    left_to_pay = -total - back
    outstanding = forward + back
    assert outstanding == pytest.approx(-payable if was_paid else 0.0)
    assert left_to_pay == pytest.approx(0.0 if was_paid else -payable)


@pytest.mark.parametrize(
    ("account", "loss", "expected"),
    [
        (Account(150, 150, 0), -40, {"reserve_loss": 40, "reserve_released": 110}),
        (Account(150, 0, 0), -40, {"reserve_loss": 40}),
        (Account(150, 150, 110), -40, {"reserve_loss": 40}),
        (Account(30, 30, 0), -40, {"reserve_loss": 30}),
        (Account(250, 150, 0), -40, {"reserve_loss": 40, "reserve_released": 110}),
        (Account(0, 0, 0), -40, {}),
        (Account(150, 150, 150), 0, {}),
    ],
)
def test_losses_before_release(account, loss, expected):
    moves = reserve_moves([Earned(1, 0, 15, loss)], account)
    assert {move.kind: move.pay for move in moves} == expected
