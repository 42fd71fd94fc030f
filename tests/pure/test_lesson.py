"""What the ledger teaches: habits that are there, and none that are not."""

import random
import sys
from datetime import date, timedelta
from math import log

import pytest

from odoo.addons.sale_collection.tools import lesson
from odoo.addons.sale_collection.tools.backtest import auc
from odoo.addons.sale_collection.tools.lesson import Lesson, learn
from odoo.addons.sale_collection.tools.period import next_working_day
from odoo.addons.sale_collection.tools.record import Case
from odoo.addons.sale_collection.tools.risk import NO_ODDS

from benchmarks import backtest

START = date(2025, 1, 6)
WEEKS = 52
CUT, UNTIL = START + timedelta(weeks=32), START + timedelta(weeks=44)
SHARES = (0.4, 0.05)


def make_book(seed, weekend_days=0, customers=40):
    """Invoices of customers that pay as late as they like, whatever the weekday.

    :param weekend_days: days an instalment due on a Saturday or Sunday comes later
    """
    dice, rows = random.Random(seed), []
    end = START + timedelta(weeks=WEEKS)
    for customer in range(customers):
        usual, spread = dice.gauss(-2, 6), dice.uniform(2, 8)
        often, slow = dice.choice((1, 2, 4)), dice.random() ** 4 / 3
        for number in range(WEEKS * often):
            issued = START + timedelta(7 * (number // often) + dice.randrange(7))
            due = issued + timedelta(30)
            days = dice.gauss(usual, spread)
            if dice.random() < slow:
                days += dice.randrange(30, 60)
            if due.weekday() > 4:
                days += weekend_days
            paid = max(issued + timedelta(1), due + timedelta(round(days)))
            amount = round(dice.lognormvariate(6, 0.7), 2)
            rows.append(
                backtest.Invoice(
                    f"c{customer}",
                    issued,
                    due,
                    paid if paid <= end else None,
                    amount,
                    next_working_day(due),
                )
            )
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_plain_book_is_never_below_the_bare_share(seed):
    """Without weekend habits nothing may be learnt that harms the ranking."""
    result = backtest.run(make_book(seed), CUT, UNTIL)
    assert len(result.rows) > 500
    # Shares that are equal but for the last bit of a float may be told apart here.
    assert result.at_issue.late >= result.share.late - 0.0001
    assert result.at_issue.over_30 >= result.share.over_30 - 0.0001
    assert "due_day" not in result.book.learnt.odds["late"]


def test_weekend_habit_is_learnt():
    result = backtest.run(make_book(1, weekend_days=6), CUT, UNTIL)
    odds = result.book.learnt.odds["late"]
    times = {step.lower: step.times for step in odds["due_day"]}
    assert min(times[5], times[6]) > 2 * max(times[day] for day in range(5))
    cases = sum(step.cases for step in odds["due_day"])
    middle = sum(log(step.times) * step.cases for step in odds["due_day"]) / cases
    assert middle == pytest.approx(0, abs=0.001)
    assert result.at_issue.late > result.share.late + 0.03


def test_nothing_is_known_of_the_test_window():
    """Money from the cut on changes no odds, no share and no default of the company."""
    rows = make_book(2, weekend_days=6)
    later = [
        row._replace(paid=CUT + timedelta(5))
        if not row.paid or row.paid >= CUT
        else row
        for row in rows
    ]
    known = [row for row in rows if row.issued < CUT]
    learnt = [backtest.Book(book, CUT).learnt for book in (rows, later, known)]
    assert learnt[0] == learnt[1] == learnt[2]


def test_thin_data_teaches_nothing():
    day = START
    few = [
        Case(
            day, day + timedelta(n), day + timedelta(n), day + timedelta(n + n % 3), 100
        )
        for n in range(30)
    ]
    odds = learn([few], SHARES, date(2026, 1, 1))
    assert odds == NO_ODDS


def test_multipliers_are_drawn_to_one(monkeypatch):
    rows = make_book(1, weekend_days=6)

    def find_sunday():
        odds = backtest.Book(rows, CUT).learnt.odds["late"]
        return odds["due_day"][6].times

    plain = find_sunday()
    taught = sys.modules[backtest.learn.__module__]
    monkeypatch.setattr(taught, "DRAW", 20.0)
    assert 1 < find_sunday() < plain


def test_only_outcomes_known_for_all_count():
    """Of what fell due in the last 30 days only the punctual are paid."""
    day = date(2026, 6, 30)
    due = [day - timedelta(number) for number in (29, 30, 31, 400)]
    taught = Lesson(SHARES, day)
    taught.add([Case(d - timedelta(10), d, d, d, 100) for d in due])
    assert taught.count == 2


def test_rank_of_cells_is_the_rank_of_cases():
    dice = random.Random(5)
    cells = {}
    for start in (-20, -3, 0, 8):
        cell = cells[start, None, 0, 0] = lesson.Cell()
        cell.cases, cell.hits = 10, dice.randrange(1, 10)
    fit = lesson.Fit("late", cells)
    scores = [key[0] for key, cell in cells.items() for _case in range(cell.cases)]
    hits = [case < cell.hits for cell in cells.values() for case in range(cell.cases)]
    assert fit.rank({}) == pytest.approx(auc(scores, hits))
