"""Contract collection plans: amounts of percents, what fits, what covers a part."""

import pytest

from odoo.addons.sale_collection_contract.tools.plan import (
    Misfit,
    Term,
    cover,
    divide,
    find_misfit,
    round_to,
)

THIRD = Term(1 / 3)
CENT = 0.01


@pytest.mark.parametrize(
    ("amount", "rounding", "rounded"),
    [
        (2.675, 0.01, 2.68),
        (-2.675, 0.01, -2.68),
        (1.005, 0.01, 1.01),
        (0.0, 0.01, 0.0),
        (149.5, 1.0, 150.0),
        (33.333, 0.05, 33.35),
        (1234567890123.455, 0.01, 1234567890123.46),
    ],
)
def test_round_to(amount, rounding, rounded):
    assert round_to(amount, rounding) == rounded


@pytest.mark.parametrize(
    ("total", "terms", "rounding", "amounts"),
    [
        # 100 in three: no cent is lost
        (100, [THIRD] * 3, CENT, [33.33, 33.34, 33.33]),
        # yen have none
        (100, [THIRD] * 3, 1.0, [33, 34, 33]),
        # fixed parts stay and do not move the percents
        (1000, [Term(0.3), Term(amount=250), Term(0.45)], CENT, [300, 250, 450]),
        # an order of nothing, or less
        (0, [Term(0.3), Term(0.7)], CENT, [0, 0]),
        (-100, [Term(1)], CENT, [0]),
        (0.01, [Term(0.5), Term(0.5)], CENT, [0.01, 0]),
        (1000, [], CENT, []),
    ],
)
def test_divide(total, terms, rounding, amounts):
    assert divide(total, terms, rounding) == amounts


def test_percents_that_make_a_whole_make_the_total():
    for parts in range(1, 40):
        for total in (0.01, 99.99, 1000, 123456.78):
            amounts = divide(total, [Term(1 / parts)] * parts, CENT)
            assert round_to(sum(amounts), CENT) == total


@pytest.mark.parametrize(
    ("total", "terms", "misfit"),
    [
        (1000, [], None),
        (1000, [Term(0.3), Term(0.7)], None),
        (1000, [THIRD] * 3, None),
        (1000, [Term(0.1)] * 10, None),
        (1000, [Term(0.3), Term(amount=700)], None),
        # percents are judged before there is a total
        (0, [Term(0.3), Term(0.7)], None),
        (0, [Term(0.6), Term(0.5)], Misfit(1, 1.1, True)),
        # the part with which it goes over, not the last one
        (1000, [Term(0.6), Term(0.5), Term(0.1)], Misfit(1, 1.2, True)),
        (1000, [Term(0.5), Term(amount=500.01)], Misfit(1, 1000.01, False)),
        # a total that went down
        (800, [Term(amount=300), Term(amount=700)], Misfit(1, 1000, False)),
        (0, [Term(amount=1)], Misfit(0, 1, False)),
        (-10, [Term(amount=1)], Misfit(0, 1, False)),
    ],
)
def test_find_misfit(total, terms, misfit):
    assert find_misfit(total, terms, CENT) == misfit


@pytest.mark.parametrize(
    ("total", "amounts", "covered"),
    [
        (0, [300, 600, 100], [0, 0, 0]),
        (450, [300, 600, 100], [300, 150, 0]),
        (1000, [300, 600, 100], [300, 600, 100]),
        # more than planned covers nothing
        (1100, [300, 600, 100], [300, 600, 100]),
        # more credited than invoiced
        (-20, [300], [0]),
        # a part that a lower total left without amount takes nothing
        (50, [0, 100], [0, 50]),
        (0.3, [0.1, 0.1, 0.1], [0.1, 0.1, 0.1]),
        (450, [], []),
    ],
)
def test_cover(total, amounts, covered):
    assert cover(total, amounts, CENT) == covered
