"""Learns from a company's own ledger by how much a fact changes the odds.

Every instalment that fell due long enough ago is looked at as it stood when it was
issued: the customer's record then is the start, its facts are what changes the odds,
what became of it is the answer. The multipliers are those under which the answers are
likeliest (logistic regression), each drawn to 1 as if a few cases had shown nothing.

A fact stays only where it explains more than chance would, and where it proves itself
on instalments it was not learnt from: learnt from the earlier half of them it must
rank the later half better. On a ledger without such habits nothing is left but the
customer's own share.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from math import exp, log, sqrt

from .backtest import SERIOUS_DAYS, Outcome, observe
from .record import Case, Together, walk
from .risk import (
    FACTORS,
    OWN_DAYS,
    SLOPES,
    STARTS,
    Item,
    Odds,
    Step,
    collect_facts,
    find_units,
    logit,
)

# How strongly multipliers are drawn to 1, as the inverse variance of their logarithm:
# before it has seen anything, the lesson takes two in three to lie between 0.6 and 1.6.
DRAW = 4.0

# Odds are sorted into steps of a tenth of their logarithm: instalments alike are
# counted, not kept.
FINE = 10

# A fact stays when chance alone would explain as much once in a thousand times, which
# is this many standard deviations.
SURE = 3.09
# By how much it must lift the ranking of the later half (AUC, 0-1), where it has a
# multiplier to prove it and where it has none.
LEAST_GAIN, OWN_GAIN = 0.0002, 0.005
# Facts that may only make it worse: whoever came late of late is no safer for it.
RISING = {"recent_days_late"}
# Instalments of either half that must have come true, and not: fewer prove nothing.
LEAST_CASES = 20

# Newton's steps: so many at most, none longer, and until they are shorter than that.
ROUNDS, MOST_STEP, SMALL_STEP = 20, 1.0, 0.001
# The customer's own days count in full: how many there are of them is in the share.
IN_FULL = {OWN_DAYS: {0: 1.0}}

# What is the same for all the cases, such as years that got better, is fitted and then
# left out: multipliers say how instalments differ, the shares how likely they are.
OVERALL = "overall"
STEADY = {OVERALL, OWN_DAYS, *SLOPES}


def learn(
    customers: Iterable[Iterable[Case]], shares: tuple[float, float], today: date
) -> Odds:
    """Odds from the instalments of each customer, as known on ``today``.

    ``shares`` are those of the company; see ``risk.company_shares``.

    >>> learn([], (0.5, 0.1), date(2026, 11, 30))
    {'late': {}, 'over_30': {}}
    """
    lesson = Lesson(shares, today)
    for cases in customers:
        lesson.add(cases)
    return lesson.get_odds()


class Cell:
    """Instalments alike: how many, and how many of them came true."""

    __slots__ = ("cases", "hits")

    def __init__(self) -> None:
        self.cases = self.hits = 0


class Lesson:
    """Counts instalments alike, and finds the odds that fit them best."""

    def __init__(self, shares: tuple[float, float], today: date) -> None:
        self.shares, self.today, self.count = shares, today, 0
        self._cells = {question: defaultdict(_new_cells) for question in FACTORS}

    def add(self, cases: Iterable[Case]) -> None:
        """Count the instalments of one customer whose outcome is known for all.

        Those due in the last 30 days are not: of them only the punctual are paid.
        """
        for due, facts, outcome in self._look_back(list(cases)):
            self.count += 1
            for question, hit in zip(FACTORS, outcome, strict=True):
                cells = self._cells[question][due.year, due.month]
                cell = cells[_sort_into_cell(question, facts)]
                cell.cases += 1
                cell.hits += hit

    def _look_back(self, cases: list[Case]) -> Iterator[tuple[date, dict, Outcome]]:
        """Due date, facts when it was issued and outcome of each instalment."""
        together = Together(cases)
        for case, record in walk(cases):
            if (self.today - case.due).days > SERIOUS_DAYS:
                count = together.count(case.due, case.issued)
                item = Item(case.due.weekday(), case.day_off, count, case.amount)
                facts = collect_facts(record, item, self.shares)
                yield case.due, facts, observe(case.due, case.paid, self.today)

    def get_odds(self) -> Odds:
        """The steps of each fact that changes the odds, by question."""
        return {question: self._get_steps(question) for question in FACTORS}

    def _get_steps(self, question: str) -> dict[str, tuple[Step, ...]]:
        months = self._cells[question]
        whole = Fit(question, _merge(months.values()))
        halves = [Fit(question, cells) for cells in _halve(months)]
        if not whole.rows:
            return {}
        codes = _choose(whole, *halves)
        logs = whole.solve(codes)
        return {code: whole.get_steps(code, logs[code]) for code in codes[1:]}


def _new_cells() -> dict[tuple, Cell]:
    return defaultdict(Cell)


def _merge(parts: Iterable[dict[tuple, Cell]]) -> dict[tuple, Cell]:
    """Cells of several months as one."""
    merged = _new_cells()
    for cells in parts:
        for key, cell in cells.items():
            merged[key].cases += cell.cases
            merged[key].hits += cell.hits
    return merged


def _halve(months: dict[tuple, dict]) -> list[dict[tuple, Cell]]:
    """Cells of the earlier months and of the later ones, about as many cases each."""
    counts = {
        month: sum(cell.cases for cell in cells.values())
        for month, cells in months.items()
    }
    half, seen, early = sum(counts.values()) / 2, 0, set()
    for month in sorted(counts):
        if seen + counts[month] / 2 < half:
            early.add(month)
        seen += counts[month]
    parts = [[], []]
    for month, cells in months.items():
        parts[month not in early].append(cells)
    return [_merge(part) for part in parts]


def _choose(whole: "Fit", early: "Fit", late: "Fit") -> list[str]:
    """The facts worth keeping, best first; behind what is the same for all."""
    chosen = [OVERALL]
    if not (early.is_telling() and late.is_telling()):
        return chosen
    left = list(FACTORS[whole.question])
    rank = late.rank(early.solve(chosen))
    while left:
        ranks = {code: late.rank(early.solve([*chosen, code])) for code in left}
        proven = [
            code
            for code in left
            if ranks[code] - rank >= (OWN_GAIN if code in IN_FULL else LEAST_GAIN)
            and whole.is_sure(code, chosen)
        ]
        if not proven:
            break
        best = max(proven, key=ranks.get)
        rank = ranks[best]
        chosen.append(best)
        left.remove(best)
    return chosen


def _find_chance(free: int) -> float:
    """What ``free`` multipliers gain in log likelihood by chance, once in a thousand.

    Half the quantile of the chi-square distribution, after Wilson and Hilferty.

    >>> round(_find_chance(1), 1), round(_find_chance(6), 1)
    (5.6, 11.3)
    """
    free = max(free, 1)
    spread = 2 / (9 * free)
    return free * (1 - spread + SURE * sqrt(spread)) ** 3 / 2


def _sort_into_cell(question: str, facts: dict) -> tuple:
    """Odds at the start, and for each factor the place of its step or None."""
    start = logit(facts[STARTS[question]])
    cell = [round(FINE * start)]
    for code, lowers in FACTORS[question].items():
        value = facts[code]
        if value is None:
            cell.append(None)
        elif code == OWN_DAYS:
            cell.append(round(FINE * (logit(value) - start)))
        elif code in SLOPES:
            cell.append(round(FINE * find_units(code, value)))
        else:
            cell.append(max(bisect_right(lowers, value) - 1, 0))
    return tuple(cell)


class Fit:
    """The cells of one question, and the multipliers that fit them best."""

    def __init__(self, question: str, cells: dict[tuple, Cell]) -> None:
        self.question, self.rows = question, list(cells.items())

    def is_telling(self) -> bool:
        """Whether enough of these instalments came true, and enough did not."""
        hits = sum(cell.hits for _key, cell in self.rows)
        cases = sum(cell.cases for _key, cell in self.rows)
        return min(hits, cases - hits) >= LEAST_CASES

    def solve(self, codes: list[str]) -> dict[str, dict]:
        """The multipliers of these factors, one factor after the other, by Newton.

        :return: {factor: {place of the step: logarithm of its multiplier}}
        """
        logs = {code: dict(IN_FULL.get(code, {})) for code in codes}
        keys = {code: self._get_keys(code) for code in codes}
        sums = self._sum(logs)
        free = [code for code in codes if code not in IN_FULL]
        for _round in range(ROUNDS):
            moved = 0.0
            for code in free:
                step = self._find_step(sums, keys[code], logs[code])
                _shift(sums, keys[code], step)
                for key, by in step.items():
                    logs[code][key] = logs[code].get(key, 0.0) + by
                moved = max(moved, *map(abs, step.values()), 0.0)
            if moved < SMALL_STEP:
                break
        return logs

    def is_sure(self, code: str, others: list[str]) -> bool:
        """Whether a fact explains more than chance, beside the others.

        A fact that counts in full has no multiplier that could fit by chance.
        """
        if code in IN_FULL:
            return True
        logs, rest = self.solve([*others, code]), self.solve(others)
        if code in RISING and min(logs[code].values(), default=0.0) <= 0:
            return False
        gain = self._weigh(logs) - self._weigh(rest)
        return gain > _find_chance(1 if code in STEADY else len(logs[code]) - 1)

    def _weigh(self, logs: dict[str, dict]) -> float:
        """Log likelihood, less what the multipliers are away from 1."""
        likelihood = 0.0
        for total, (_key, cell) in zip(self._sum(logs), self.rows, strict=True):
            likelihood += cell.hits * total - cell.cases * log(1 + exp(total))
        away = sum(
            by * by
            for code, steps in logs.items()
            for by in steps.values()
            if code not in IN_FULL
        )
        return likelihood - DRAW * away / 2

    def rank(self, logs: dict[str, dict]) -> float:
        """How well these multipliers rank the instalments: AUC, 0.5 is guessing."""
        cells = (cell for _key, cell in self.rows)
        told = sorted(zip(self._sum(logs), cells, strict=True), key=lambda row: row[0])
        wins = hits = misses = 0.0
        # Sorted above, and no Odoo here.  pylint: disable-next=bad-builtin-groupby
        for _total, tied in groupby(told, key=lambda row: round(row[0], 6)):
            found = [(cell.hits, cell.cases - cell.hits) for _sum, cell in tied]
            true, false = map(sum, zip(*found, strict=True))
            wins += true * (misses + false / 2)
            hits += true
            misses += false
        return wins / (hits * misses)

    def _sum(self, logs: dict[str, dict]) -> list[float]:
        """Logarithm of the odds of each cell."""
        sums = [key[0] / FINE for key, _cell in self.rows]
        for code, steps in logs.items():
            _shift(sums, self._get_keys(code), steps)
        return sums

    def _get_keys(self, code: str) -> list[tuple]:
        """Of each cell the place of its step, and what counts of it; None for none."""
        if code == OVERALL:
            return [(0, 1.0)] * len(self.rows)
        column = 1 + list(FACTORS[self.question]).index(code)
        values = [key[column] for key, _cell in self.rows]
        if code in STEADY:
            return [(0, 0.0 if value is None else value / FINE) for value in values]
        return [(value, 0.0 if value is None else 1.0) for value in values]

    def _find_step(self, sums: list[float], keys: list[tuple], logs: dict) -> dict:
        slope, curve = defaultdict(float), defaultdict(float)
        for total, (key, part), (_key, cell) in zip(sums, keys, self.rows, strict=True):
            if part:
                share = 1 / (1 + exp(-total))
                slope[key] += part * (cell.hits - cell.cases * share)
                curve[key] += part * part * cell.cases * share * (1 - share)
        steps = {}
        for key in slope:
            step = (slope[key] - DRAW * logs.get(key, 0.0)) / (curve[key] + DRAW)
            steps[key] = max(-MOST_STEP, min(MOST_STEP, step))
        return steps

    def get_steps(self, code: str, logs: dict) -> tuple[Step, ...]:
        """The steps of a factor, with the cases behind each."""
        cases, hits = Counter(), Counter()
        for (key, part), (_key, cell) in zip(
            self._get_keys(code), self.rows, strict=True
        ):
            cases[key] += cell.cases if part else 0
            hits[key] += cell.hits if part else 0
        if code == OWN_DAYS:
            return (Step(0, 1.0, cases[0], hits[0]),)
        lowers = (0,) if code in STEADY else FACTORS[self.question][code]
        middle = 0.0 if code in STEADY else _find_middle(logs, cases)
        return tuple(
            Step(
                lower,
                round(exp(logs[place] - middle), 4) if cases[place] else 1.0,
                cases[place],
                hits[place],
            )
            for place, lower in enumerate(lowers)
        )


def _find_middle(logs: dict, cases: Counter) -> float:
    """Mean logarithm of the steps of a factor over its cases, where steps count from.

    >>> round(_find_middle({0: 0.4, 1: -0.2}, Counter({0: 10, 1: 20})), 6)
    0.0
    """
    counted = {place: count for place, count in cases.items() if place is not None}
    total = sum(counted.values())
    return sum(logs[place] * count for place, count in counted.items()) / total


def _shift(sums: list[float], keys: list[tuple], by: dict) -> None:
    """Add to each cell the logarithm of its step."""
    for place, (key, part) in enumerate(keys):
        if part:
            sums[place] += part * by.get(key, 0.0)
