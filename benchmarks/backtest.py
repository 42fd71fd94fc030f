"""Back-test on a ledger: what the grades, the risk and the predicted dates were worth.

    PYTHONPATH=sale_collection python3 benchmarks/backtest.py book.csv [CUT [UNTIL]]

Invoices issued from CUT to UNTIL are forecast and compared with what then happened,
by the functions the application itself judges with. Shares, odds and the default days
late of the company are learnt from what was known at CUT. The record of a customer is
read twice: as known on the day each invoice was issued, and as known at CUT, which is
all the single figures beside them know. Habits are learnt on the first of each month,
as in the nightly run.
"""

import csv
import re
import sys
from bisect import bisect_left
from collections import defaultdict
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import fmean, median_low
from typing import NamedTuple
from xml.etree import ElementTree

from tools.backtest import auc, is_rising, late_rates, observe
from tools.figures import NO_BEHAVIOUR, NO_DEBTS, TREND_DAYS, behaviour_figures
from tools.habit import company_median, find_habit, learn_habit
from tools.lesson import learn
from tools.period import (
    OWN_MEDIAN_FROM,
    next_working_day,
    predict_payment,
    usual_days_late,
)
from tools.record import Tally, Together, walk
from tools.risk import Item, Odds, collect_facts, company_shares, late_risk
from tools.scorecard import (
    Band,
    Grade,
    Rule,
    Scorer,
    factor_values,
    judged_days_late,
    pick_grade,
)

DATA = Path(__file__).parents[1] / "sale_collection" / "data" / "grade"
COLUMNS = ("customer_ref", "invoice_date", "due_date", "paid_date", "amount")
CUT, UNTIL = date(2019, 5, 1), date(2019, 6, 30)
GRACE = 3  # Days; the company setting's default.
# What a plain ledger does not tell of a customer.
UNKNOWN = {
    "promise_kept_ratio": None,
    "bounced_count": 0,
    "exposure": 0.0,
    "limit_total": 0.0,
}


class Stop(Exception):
    """What the user must change, in one sentence."""


class Invoice(NamedTuple):
    """A row of the ledger: a ``record.Case`` of a customer."""

    customer: str
    issued: date
    due: date
    paid: date | None
    amount: float
    effective: date

    @property
    def day_off(self):
        return self.effective != self.due


# === LEDGER === #


def read_ledger(path):
    """Invoices of a CSV file with ISO dates; an empty paid_date is still open."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise Stop(f"{path} lacks the column {missing[0]}.")
            invoices = [_read_row(path, rows.line_num, row) for row in rows]
    except OSError as error:
        raise Stop(f"Cannot read the ledger: {error}. Give LEDGER=path.csv.") from error
    if not invoices:
        raise Stop(f"{path} has no invoices.")
    return invoices


def _read_row(path, number, row):
    try:
        due = date.fromisoformat(row["due_date"])
        paid = row["paid_date"] and date.fromisoformat(row["paid_date"])
        return Invoice(
            row["customer_ref"],
            date.fromisoformat(row["invoice_date"]),
            due,
            paid or None,
            float(row["amount"]),
            next_working_day(due),
        )
    except (TypeError, ValueError) as error:
        raise Stop(f"{path}, line {number}: {error}.") from error


def last_day(invoices):
    """The day on which the book stood as it does: of its last invoice or payment."""
    paid = (invoice.paid for invoice in invoices if invoice.paid)
    return max(max(invoice.issued for invoice in invoices), max(paid, default=date.min))


# === SHIPPED SCORECARD === #


def read_rules():
    """The default scorecard as the application ships it."""
    rules = []
    for record in _records("scorecard", "sale.collection.scorecard.line"):
        field = {node.get("name"): node for node in record.iter("field")}
        pairs = re.findall(
            r"'lower': ([-\d.]+), 'points': ([\d.]+)", field["band_ids"].get("eval")
        )
        given = "missing" in field and field["missing"].text == "points"
        rules.append(
            Rule(
                field["factor"].text,
                float(field["weight"].text),
                tuple(Band(float(lower), float(points)) for lower, points in pairs),
                float(field["missing_points"].text) if given else None,
            )
        )
    return rules


def read_grades():
    """The default grades: letter and the score each starts from."""
    grades = []
    for record in _records("grade", "sale.collection.grade"):
        field = {node.get("name"): node.text for node in record.iter("field")}
        is_new = field.get("is_new") is not None or "score_from" not in field
        grades.append(
            Grade(field["name"], None if is_new else float(field["score_from"]))
        )
    return grades


def read_minimum():
    """Settled invoices a customer needs to be graded by the default scorecard."""
    for record in _records("scorecard", "sale.collection.scorecard"):
        return int(record.find("field[@name='minimum_settled']").text)


def _records(name, model):
    tree = ElementTree.parse(DATA / f"{name}_data.xml")
    return [node for node in tree.iter("record") if node.get("model") == model]


# === WHAT WAS KNOWN === #


class Known:
    """What was known of one customer at the start of a day."""

    def __init__(self, invoices, paid_first, paid_days, day):
        self.day = day
        self.receipts = paid_first[: bisect_left(paid_days, day)]
        issued = [invoice for invoice in invoices if invoice.issued < day]
        self.first = min((invoice.issued for invoice in issued), default=None)
        self.open = [row for row in issued if row.paid is None or row.paid >= day]

    @cached_property
    def days_late(self):
        """Days late of each receipt, from the due date moved to a working day."""
        return [(row.paid - row.effective).days for row in self.receipts]

    @cached_property
    def overdue(self):
        """(amount, days overdue) of what was open and overdue."""
        return [
            (row.amount, (self.day - row.due).days)
            for row in self.open
            if row.due < self.day
        ]

    @cached_property
    def record(self):
        tally = Tally()
        for row in self.receipts:
            tally.add(row)
        return tally.get_record()

    @cached_property
    def habit(self):
        return find_habit(self.receipts)

    @cached_property
    def figures(self):
        """The figures of a profile that a plain ledger has; see ``tools.figures``."""
        debts = {**NO_DEBTS, **self._find_debts()}
        behaviour = {**NO_BEHAVIOUR, **self._find_behaviour()}
        return {
            **UNKNOWN,
            **debts,
            **behaviour_figures(debts, behaviour),
            "first_invoice_date": self.first,
        }

    def _find_debts(self):
        overdue_amount, overdue_weight = _weigh(self.overdue)
        return {
            "amount_open": sum(row.amount for row in self.open),
            "amount_late": overdue_amount,
            "overdue_days_weight": overdue_weight,
            "judged_due_date": min((row.due for row in self.open), default=None),
            "open_late_count": sum(
                judged_days_late((self.day - row.effective).days, GRACE) > 0
                for row in self.open
            ),
        }

    def _find_behaviour(self):
        pairs = list(zip(self.receipts, self.days_late, strict=True))
        since = self.day - timedelta(TREND_DAYS)
        amount, weight = _weigh((row.amount, days) for row, days in pairs)
        recent, recent_weight = _weigh(
            (row.amount, days) for row, days in pairs if row.paid >= since
        )
        return {
            "paid_count": len(pairs),
            "paid_late_count": sum(
                judged_days_late(days, GRACE) > 0 for days in self.days_late
            ),
            "paid_amount": amount,
            "paid_days_weight": weight,
            "recent_amount": recent,
            "recent_days_weight": recent_weight,
        }


def _weigh(pairs):
    """Sum of the amounts and of amounts x days."""
    pairs = list(pairs)
    return sum(amount for amount, _d in pairs), sum(a * days for a, days in pairs)


class Learnt(NamedTuple):
    """What the company knew at the cut: learnt once, and frozen.

    ``count`` are the paid invoices, ``judged_share`` is the share of all that were
    late after grace, ``whole_median`` the median days late of all payments.
    """

    count: int
    shares: tuple[float, float]
    odds: Odds
    median_days_late: float
    whole_median: float
    judged_share: float


class Book:
    """The ledger by customer, and what the company learnt of it before the cut."""

    def __init__(self, invoices, cut):
        self.invoices, self.seen, self.cut = invoices, last_day(invoices), cut
        self.by_customer = defaultdict(list)
        for invoice in invoices:
            self.by_customer[invoice.customer].append(invoice)
        self.paid = {
            customer: sorted((row for row in rows if row.paid), key=lambda r: r.paid)
            for customer, rows in self.by_customer.items()
        }
        self.paid_days = {
            customer: [row.paid for row in rows] for customer, rows in self.paid.items()
        }
        self.together = {
            customer: Together(rows) for customer, rows in self.by_customer.items()
        }
        self.at_issue = {
            (customer, row.issued): record
            for customer, rows in self.by_customer.items()
            for row, record in walk(rows)
        }
        self._known, self._habits = {}, {}
        self.learnt = self._learn()

    def known(self, customer, day):
        """What was known of a customer that day; read once."""
        if (customer, day) not in self._known:
            self._known[customer, day] = Known(
                self.by_customer[customer],
                self.paid[customer],
                self.paid_days[customer],
                day,
            )
        return self._known[customer, day]

    def record(self, customer, day):
        """The record of a customer on a day."""
        found = self.at_issue.get((customer, day))
        return found or self.known(customer, day).record

    def habit(self, customer, day):
        """How late a customer paid, with its habits learnt at the start of the month.

        Not before the cut, where the test begins.
        """
        first = max(day.replace(day=1), min(self.cut, day))
        if (customer, first) not in self._habits:
            found = learn_habit(self.known(customer, first).receipts)
            self._habits[customer, first] = found
        habits = self._habits[customer, first]
        habit = self.known(customer, day).habit._replace(thirds=habits.thirds)
        return habit, habits.payment_days

    def _learn(self):
        before = [self.known(customer, self.cut) for customer in self.by_customer]
        late = [days for known in before for days in known.days_late]
        if not late:
            raise Stop(f"No invoice was paid before {self.cut}: choose a later CUT.")
        shares = company_shares(known.record for known in before)
        customers = ([*known.receipts, *_forget_money(known.open)] for known in before)
        figures = [known.figures for known in before]
        judged = sum(row["paid_count"] + row["open_late_count"] for row in figures)
        return Learnt(
            len(late),
            shares,
            learn(customers, shares, self.cut),
            company_median(known.habit for known in before),
            median_low(late),
            sum(row["late_count"] for row in figures) / judged,
        )

    def window(self, until):
        """(invoice, outcome or None) of the invoices to forecast."""
        return [
            (row, observe(row.due, row.paid, self.seen))
            for row in self.invoices
            if self.cut <= row.issued <= until
        ]


def _forget_money(rows):
    """Open invoices without the money that came later."""
    return [row._replace(paid=None) for row in rows]


# === FORECASTS === #


class Forecast(NamedTuple):
    """What is said of one invoice: scores to rank by, predicted date, grade."""

    late: float
    over_30: float
    paid_on: date
    grade: str | None = None


class Ours:
    """Forecasts as the application makes them."""

    def __init__(self, book):
        self.book, self.grades = book, read_grades()
        self.minimum, self.score = read_minimum(), Scorer(read_rules())

    def forecast(self, row, day):
        book = self.book
        facts = collect_facts(
            book.record(row.customer, day), self._describe(row), book.learnt.shares
        )
        risk = late_risk(facts, book.learnt.odds)
        return Forecast(
            risk.late, risk.over_30, self._predict(row, day), self.grade(row, day)
        )

    def grade(self, row, day):
        known = self.book.known(row.customer, day)
        if len(known.receipts) < self.minimum:
            return pick_grade(None, self.grades)
        facts = factor_values(known.figures, self.book.learnt.judged_share, day)
        return pick_grade(self.score(facts).points, self.grades)

    def _describe(self, row):
        together = self.book.together[row.customer].count(row.due, row.issued)
        return Item(row.due.weekday(), row.day_off, together, row.amount)

    def _predict(self, row, day):
        habit, payment_days = self.book.habit(row.customer, day)
        usual = self.book.learnt.median_days_late
        return predict_payment(
            row.due,
            usual_days_late(habit, row.due, row.day_off, usual),
            # A book's issue dates may be estimates, some after the payment: no day is
            # too early for a forecast here.
            today=date.min,
            payment_days=payment_days,
            slack=payment_days.slack,
        )


class SingleFactors:
    """The customer's shares rank, its median days late predicts: to be beaten.

    By default the late share ranks both; ``own`` ranks the risk of over 30 days by
    its own share, as any forecast of a single figure could.
    """

    def __init__(self, book, own=False):
        self.book, self.own = book, own

    def forecast(self, row, day):
        record = self.book.record(row.customer, day)
        item = Item(row.due.weekday(), row.day_off, 1, row.amount)
        facts = collect_facts(record, item, self.book.learnt.shares)
        known = self.book.known(row.customer, day)
        days = self.book.learnt.whole_median
        if len(known.receipts) >= OWN_MEDIAN_FROM:
            days = median_low(known.days_late)
        return Forecast(
            facts["late_share"],
            facts["over_30_share" if self.own else "late_share"],
            row.effective + timedelta(days),
        )


# === REPORT === #


class Worth(NamedTuple):
    """How good forecasts were: two rankings, mean error of the date in days."""

    late: float | None
    over_30: float | None
    error: float | None
    grades: list


def measure(forecasts, rows, outcomes):
    errors = [
        abs((forecast.paid_on - row.paid).days)
        for forecast, row in zip(forecasts, rows, strict=True)
        if row.paid
    ]
    return Worth(
        auc([f.late for f in forecasts], [outcome.late for outcome in outcomes]),
        auc([f.over_30 for f in forecasts], [outcome.over_30 for outcome in outcomes]),
        fmean(errors) if errors else None,
        [forecast.grade for forecast in forecasts],
    )


class Result(NamedTuple):
    """A back-test: the tested rows and the worth of each way to forecast them."""

    book: Book
    window: int
    rows: list
    outcomes: list
    single: Worth
    share: Worth
    at_issue: Worth
    at_cut: Worth


def run(invoices, cut=CUT, until=UNTIL):
    """Forecast the invoices of the window and compare with what happened."""
    book = Book(invoices, cut)
    window = book.window(until)
    seen = [(row, outcome) for row, outcome in window if outcome]
    if not seen:
        raise Stop(f"No invoice issued from {cut} to {until} has a known outcome.")
    rows, outcomes = [list(part) for part in zip(*seen, strict=True)]
    ours, single = Ours(book), SingleFactors(book)
    share = SingleFactors(book, own=True)

    def worth(way, day_of):
        return measure([way.forecast(r, day_of(r)) for r in rows], rows, outcomes)

    return Result(
        book,
        len(window),
        rows,
        outcomes,
        worth(single, lambda row: cut),
        worth(share, lambda row: row.issued),
        worth(ours, lambda row: row.issued),
        worth(ours, lambda row: cut),
    )


def report(result, until):
    yield from _describe(result, until)
    yield ""
    heads = ("single figures", "share at issue", "ours at issue", "ours at cut")
    yield f"{'':26}" + "".join(f"{head:>16}" for head in heads)
    for label, name, digits in (
        ("AUC late", "late", 3),
        ("AUC over 30 days late", "over_30", 3),
        ("mean error in days", "error", 2),
    ):
        values = [getattr(worth, name) for worth in result[-4:]]
        yield f"{label:26}" + "".join(_cell(value, digits) for value in values)
    yield from _describe_odds(result.book.learnt.odds)
    yield from _describe_grades("known at issue", result, result.at_issue)
    yield from _describe_grades("known at the cut", result, result.at_cut)


def _cell(value, digits):
    return f"{'-' if value is None else format(value, f'.{digits}f'):>16}"


def _describe(result, until):
    book, tested = result.book, len(result.rows)
    paid = book.learnt.count
    late = sum(outcome.late for outcome in result.outcomes)
    over_30 = sum(outcome.over_30 for outcome in result.outcomes)
    yield (
        f"{len(book.invoices)} invoices of {len(book.by_customer)} customers, "
        f"seen until {book.seen}; learnt from {paid} paid before {book.cut}"
    )
    yield (
        f"tested on {tested} issued {book.cut} to {until}: {late} late "
        f"({late / tested:.1%}), {over_30} over 30 days ({over_30 / tested:.1%}); "
        f"{result.window - tested} censored rows dropped"
    )


def _describe_odds(odds):
    """What each fact multiplies the odds by, and the instalments behind it."""
    yield ""
    for question, factors in odds.items():
        for code, steps in factors.items():
            told = (
                f"{step.lower:g}: {step.times:.2f} ({step.cases})" for step in steps
            )
            yield f"odds {question:8}{code:18}" + "  ".join(told)


def _describe_grades(title, result, worth):
    """Late rates by grade; the grade of new customers stands outside the order."""
    late = late_rates(worth.grades, [outcome.late for outcome in result.outcomes])
    over_30 = late_rates(worth.grades, [outcome.over_30 for outcome in result.outcomes])
    customers = defaultdict(set)
    for grade, row in zip(worth.grades, result.rows, strict=True):
        customers[grade].add(row.customer)
    yield ""
    yield f"Grade, {title:18}{'customers':>10}{'invoices':>10}{'late':>8}{'over 30':>9}"
    for grade, (count, rate) in late.items():
        yield (
            f"{grade:25}{len(customers[grade]):>10}{count:>10}{rate:>8.1%}"
            f"{over_30[grade][1]:>9.1%}"
        )
    rates = [rate for grade, (_count, rate) in late.items() if grade != "N"]
    yield f"late rate rises with every grade: {'yes' if is_rising(rates) else 'NO'}"


def main(path=None, cut=None, until=None):
    if not path:
        raise Stop("Which ledger? make backtest LEDGER=path.csv")
    try:
        cut = date.fromisoformat(cut) if cut else CUT
        until = date.fromisoformat(until) if until else UNTIL
    except ValueError as error:
        raise Stop(f"CUT and UNTIL are dates like 2019-05-01: {error}.") from error
    for line in report(run(read_ledger(path), cut, until), until):
        print(line)


if __name__ == "__main__":
    try:
        main(*islice(sys.argv, 1, 4))
    except Stop as stop:
        sys.exit(str(stop))
