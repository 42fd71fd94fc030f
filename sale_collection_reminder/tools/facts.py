"""What the books and people say about the debts of a day, as plain values.

Amounts are in company currency unless their name says otherwise.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from .ladder import CENT, BankIndex, Credit, Progress, Step, index_bank_lines

# Pace of customers without a grade.
DEFAULT_PACE = "normal"


class Line(NamedTuple):
    """An open instalment."""

    id: int
    move: int
    partner: int
    residual: float
    residual_currency: float  # in the currency of the invoice
    due: date
    name: str | None = None
    reference: str | None = None
    bar: str | None = None  # why the books keep it off every reminder
    currency: int | None = None  # of the invoice
    least: float = CENT  # less than this, in its currency, is nothing
    is_paying: bool = False  # an online payment of its invoice is on its way
    disputed: float = 0.0
    promised: float = 0.0  # covered by a promise that is live
    promised_for: date | None = None  # day that promise is for
    covered: float = 0.0  # by money that is on its way
    covered_by: str | None = None  # what kind of money
    covered_until: date | None = None  # last day that it counts
    pause_end: date | None = None  # end of the last promise or snooze that is over
    snoozed_until: date | None = None  # last day of the snooze that lasts
    is_entered: bool = False  # put on the ladder by hand
    progress: Progress | None = None  # None: never reminded of

    @property
    def rate(self) -> float:
        """The company currency that one of the invoice's currency is worth."""
        return self.residual / self.residual_currency

    def is_small(self, amount: float) -> bool:
        """Tell whether an amount in company currency is too little to ask for."""
        return amount / self.rate < self.least

    def get_uncovered_day(self, day: date) -> date:
        """Return a day, or the first one on which no money on its way covers it all."""
        until = self.covered_until
        if not until or not self.is_small(self.residual - self.covered):
            return day
        return max(day, until + timedelta(1))


class Customer(NamedTuple):
    """A customer with open debts; without a profile it has the defaults."""

    id: int
    lines: Sequence[Line]  # by due date
    profile: int | None = None
    user: int | None = None
    ladder: int | None = None
    pace: str | None = None
    excluded: bool = False
    snooze_until: date | None = None
    credits: Sequence[Credit] = ()
    standing: float = 0.0  # what its standing promises bring next
    has_reply: bool = False  # a reply waits to be read
    last_notice: date | None = None  # day of its last overdue notice


class Facts(NamedTuple):
    """All that is known when the reminders of a day are decided on."""

    today: date
    customers: Mapping[int, Customer]  # by partner id
    bank: BankIndex = index_bank_lines([])
    bank_is_stale: bool = False


class Plan(NamedTuple):
    """A reminder plan; ``steps`` by days, ``minimum`` amount by step id."""

    id: int
    steps: Sequence[Step]
    pace: str = DEFAULT_PACE
    entry_step: int | None = None
    entry_date: date | None = None
    gap_days: int = 0
    minimum: Mapping[int, float] = {}
    is_first_run: bool = False
