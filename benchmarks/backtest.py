"""Back-test on a ledger: what the grades, the risk and the predicted dates were worth.

    PYTHONPATH=sale_collection python3 benchmarks/backtest.py book.csv [CUT [UNTIL]]

Invoices issued from CUT to UNTIL are forecast and compared with what then happened.
The shares of the company and the default days late are learnt from invoices paid
before CUT. The record of a customer is read twice: as known on the day each invoice
was issued, and as known at CUT, which is all the single figures beside them know.
"""

import csv
import re
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import fmean, median, median_low
from typing import NamedTuple
from xml.etree import ElementTree

from tools.backtest import SERIOUS_DAYS, auc, is_rising, late_rates, observe
from tools.period import (
    OWN_MEDIAN_FROM,
    Habit,
    next_working_day,
    predict_payment,
    usual_days_late,
)
from tools.risk import late_risk, recent_days_late
from tools.scorecard import (
    Band,
    Grade,
    Rule,
    judged_days_late,
    pick_grade,
    scorer,
    shrunk_late_share,
    weighted_days_late,
)

DATA = Path(__file__).parents[1] / "sale_collection" / "data" / "grade"
COLUMNS = ("customer_ref", "invoice_date", "due_date", "paid_date", "amount")
CUT, UNTIL = date(2019, 5, 1), date(2019, 6, 30)
GRACE = 3  # Days; the company setting's default.
TREND_DAYS = 90


class Stop(Exception):
    """What the user must change, in one sentence."""


class Invoice(NamedTuple):
    """A row of the ledger; ``effective`` is its due date moved to a working day."""

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
        self.first = min((invoice.issued for invoice in issued), default=day)
        self.open = [row for row in issued if row.paid is None or row.paid >= day]

    @cached_property
    def days_late(self):
        """Days late of each receipt, from the due date moved to a working day."""
        return [(row.paid - row.effective).days for row in self.receipts]

    @cached_property
    def days_overdue(self):
        """Days after the printed due date of each receipt."""
        return [(row.paid - row.due).days for row in self.receipts]

    @cached_property
    def overdue(self):
        """(amount, days overdue) of what was open and overdue."""
        return [
            (row.amount, (self.day - row.due).days)
            for row in self.open
            if row.due < self.day
        ]

    def count_late(self):
        """Judged late and counted: settled ones, and open ones late already."""
        owing = [
            row
            for row in self.open
            if judged_days_late((self.day - row.effective).days, GRACE)
        ]
        late = sum(judged_days_late(days, GRACE) > 0 for days in self.days_late)
        return late + len(owing), len(self.receipts) + len(owing)

    def weigh_days_late(self, from_day, to_day):
        return weighted_days_late(
            (row.amount, days)
            for row, days in zip(self.receipts, self.days_late, strict=True)
            if from_day <= row.paid < to_day
        )

    def find_trend(self):
        since = self.day - timedelta(TREND_DAYS)
        recent = self.weigh_days_late(since, self.day)
        before = self.weigh_days_late(date.min, since)
        return None if recent is None or before is None else recent - before

    def factors(self, prior):
        """Facts of the scorecard a plain ledger has; the others stay unknown."""
        open_amount = sum(row.amount for row in self.open)
        overdue = sum(amount for amount, _days in self.overdue)
        paid = [row.amount for row in self.receipts]
        return {
            "late_share": shrunk_late_share(*self.count_late(), prior),
            "weighted_days_late": weighted_days_late(
                zip(paid, self.days_late, strict=True), self.overdue
            ),
            "oldest_overdue": max((days for _amount, days in self.overdue), default=0),
            "overdue_ratio": overdue / open_amount if open_amount > 0 else 0.0,
            "trend": self.find_trend(),
            "bounced_count": 0,
            "short_pay_share": 0.0 if self.receipts else None,
            "tenure": (self.day - self.first).days,
        }

    def share(self, days, limit, prior, m=5):
        """Shrunk share of these days that are over the limit."""
        return shrunk_late_share(sum(d > limit for d in days), len(days), prior, m)

    def day_late_share(self, day_off, prior):
        """Share paid late of instalments due on such a day, drawn to all others."""
        alike = [
            days
            for row, days in zip(self.receipts, self.days_overdue, strict=True)
            if row.day_off == day_off
        ]
        return self.share(alike, 0, self.share(self.days_overdue, 0, prior))

    @cached_property
    def habit(self):
        day_off = [
            days
            for row, days in zip(self.receipts, self.days_late, strict=True)
            if row.day_off
        ]
        return Habit(
            len(self.days_late), _median(self.days_late), len(day_off), _median(day_off)
        )

    @cached_property
    def recent(self):
        return recent_days_late(
            ((self.receipts[-1].paid - row.paid).days, days)
            for row, days in zip(self.receipts, self.days_late, strict=True)
        )


def _median(days):
    return median(days) if days else None


class Book:
    """The ledger by customer, and the company's own shares learnt before the cut."""

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
        self._known = {}
        self._learn()

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

    def _learn(self):
        before = [self.known(customer, self.cut) for customer in self.by_customer]
        overdue = [days for known in before for days in known.days_overdue]
        late = [days for known in before for days in known.days_late]
        if not late:
            raise Stop(f"No invoice was paid before {self.cut}: choose a later CUT.")
        self.learnt = len(late)
        self.late_share = fmean(days > 0 for days in overdue)
        self.over_30_share = fmean(days > SERIOUS_DAYS for days in overdue)
        self.median_days_late = median(late)
        self.whole_median = median_low(late)
        counts = [known.count_late() for known in before]
        judged, counted = map(sum, zip(*counts, strict=True))
        self.judged_share = judged / counted

    def window(self, until):
        """(invoice, outcome or None) of the invoices to forecast."""
        return [
            (row, observe(row.due, row.paid, self.seen))
            for row in self.invoices
            if self.cut <= row.issued <= until
        ]


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
        self.minimum, self.score = read_minimum(), scorer(read_rules())
        self._issued = Counter()
        self._together = {}
        for row in sorted(book.invoices, key=lambda row: row.issued):
            self._issued[row.customer, row.due] += 1
            together = self._issued[row.customer, row.due]
            self._together[row.customer, row.due, row.issued] = together

    def forecast(self, row, day):
        known = self.book.known(row.customer, day)
        risk = late_risk(self._risk_facts(row, known))
        return Forecast(
            risk.late, risk.over_30, self._predict(row, known), self.grade(known)
        )

    def grade(self, known):
        if len(known.receipts) < self.minimum:
            return pick_grade(None, self.grades)
        facts = known.factors(self.book.judged_share)
        return pick_grade(self.score(facts).points, self.grades)

    def _risk_facts(self, row, known):
        book = self.book
        over_30 = known.share(known.days_overdue, SERIOUS_DAYS, book.over_30_share)
        return {
            "day_late_share": known.day_late_share(row.day_off, book.late_share),
            "day_off": int(row.day_off),
            "same_due_count": self._together[row.customer, row.due, row.issued],
            "over_30_share": over_30,
            "recent_days_late": known.recent,
        }

    def _predict(self, row, known):
        days = usual_days_late(known.habit, row.day_off, self.book.median_days_late)
        # A book's issue dates may be estimates, some after the payment: no day is
        # too early for a forecast here.
        return predict_payment(row.due, days, today=date.min)


class SingleFactors:
    """The late share ranks, the median days late predicts: what must be beaten."""

    def __init__(self, book):
        self.book = book

    def forecast(self, row, day):
        known = self.book.known(row.customer, day)
        share = known.share(known.days_overdue, 0, self.book.late_share)
        days = self.book.whole_median
        if len(known.receipts) >= OWN_MEDIAN_FROM:
            days = median_low(known.days_late)
        return Forecast(share, share, row.effective + timedelta(days))


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

    def worth(way, day_of):
        return measure([way.forecast(r, day_of(r)) for r in rows], rows, outcomes)

    return Result(
        book,
        len(window),
        rows,
        outcomes,
        worth(single, lambda row: cut),
        worth(ours, lambda row: row.issued),
        worth(ours, lambda row: cut),
    )


def report(result, until):
    yield from _describe(result, until)
    yield ""
    yield f"{'':26}{'single figures':>16}{'ours at issue':>16}{'ours at cut':>16}"
    for label, name, digits in (
        ("AUC late", "late", 3),
        ("AUC over 30 days late", "over_30", 3),
        ("mean error in days", "error", 2),
    ):
        values = [getattr(worth, name) for worth in result[-3:]]
        yield f"{label:26}" + "".join(_cell(value, digits) for value in values)
    yield from _describe_grades("known at issue", result, result.at_issue)
    yield from _describe_grades("known at the cut", result, result.at_cut)


def _cell(value, digits):
    return f"{'-' if value is None else format(value, f'.{digits}f'):>16}"


def _describe(result, until):
    book, tested = result.book, len(result.rows)
    late = sum(outcome.late for outcome in result.outcomes)
    over_30 = sum(outcome.over_30 for outcome in result.outcomes)
    yield (
        f"{len(book.invoices)} invoices of {len(book.by_customer)} customers, "
        f"seen until {book.seen}; learnt from {book.learnt} paid before {book.cut}"
    )
    yield (
        f"tested on {tested} issued {book.cut} to {until}: {late} late "
        f"({late / tested:.1%}), {over_30} over 30 days ({over_30 / tested:.1%}); "
        f"{result.window - tested} censored rows dropped"
    )


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
