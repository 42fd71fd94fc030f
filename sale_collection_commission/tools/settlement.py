"""What a settlement pays: reserve, losses, balances carried forward.

Amounts are in the currency of the settlement, ``cent`` is its rounding. Positive
amounts are due to the earner.
"""

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from .commission import release_reserve, round_cent, split_reserve


class Key(NamedTuple):
    """What a settlement is made for: it never mixes two of these."""

    company_id: int
    currency_id: int
    user_id: int | None
    agent_id: int | None


class Total(NamedTuple):
    """What is still to be settled of one earner and plan, in the earner's currency.

    ``earlier`` is the part of ``amount`` dated before the period, ``last_id`` the
    youngest entry.
    """

    key: Key
    plan_id: int | None
    count: int
    last_id: int
    amount: float
    losses: float
    earlier: float


class Earners(NamedTuple):
    """Users and agents by id; None for everybody."""

    users: list | None = None
    agents: list | None = None


EVERYBODY = Earners()


class Earned(NamedTuple):
    """What one plan earned in a period.

    ``percent`` of it (0-100) is kept back. ``losses`` is the share of bad debts
    charged, negative, not part of ``amount``.
    """

    plan: int
    amount: float
    percent: float = 0.0
    losses: float = 0.0


class Account(NamedTuple):
    """The reserve of an earner before a settlement.

    ``kept`` was put in, ``due`` of it may be paid out by now, ``gone`` is what was
    paid out or lost already.
    """

    kept: float = 0.0
    due: float = 0.0
    gone: float = 0.0


NO_RESERVE = Account()


class Move(NamedTuple):
    """A line of the reserve: ``pay`` counts in the settlement, ``reserve`` in it."""

    kind: str
    plan: int | None
    pay: float
    reserve: float


def reserve_moves(
    earned: Iterable[Earned], account: Account = NO_RESERVE, cent: float = 0.01
) -> list[Move]:
    """Return what a settlement keeps back, charges to the reserve and pays out.

    15 % of 1,000 earned is kept:

    >>> [move] = reserve_moves([Earned(1, 1000, 15)])
    >>> move.kind, move.pay, move.reserve, 1000 + move.pay
    ('reserve_kept', -150.0, 150.0, 850.0)

    At its release a loss of 40 is taken out of it, 110 is paid in all:

    >>> moves = reserve_moves([Earned(1, 0, 15, -40)], Account(150, 150))
    >>> [(move.kind, move.pay, move.reserve) for move in moves]
    [('reserve_loss', 40.0, -40.0), ('reserve_released', 110.0, -110.0)]
    >>> -40 + fsum(move.pay for move in moves)
    110.0

    What the reserve cannot bear is left to the settlement:

    >>> moves = reserve_moves([Earned(1, 0, 15, -40)], Account(30, 30))
    >>> -40 + fsum(move.pay for move in moves)
    -10.0
    """
    plans = list(earned)
    moves = []
    for plan in plans:
        _paid, kept = split_reserve(plan.amount, plan.percent, cent)
        if kept:
            moves.append(Move("reserve_kept", plan.plan, -kept, kept))
    left = account.kept - account.gone
    charged = round_cent(min(-fsum(p.losses for p in plans), max(left, 0.0)), cent)
    if charged > 0:
        moves.append(Move("reserve_loss", None, charged, -charged))
    released = release_reserve(account.due, account.gone + max(charged, 0.0), cent)
    released = min(released, round_cent(left - max(charged, 0.0), cent))
    if released > 0:
        moves.append(Move("reserve_released", None, released, -released))
    return moves


def carry(total: float, cent: float = 0.01) -> tuple[float, float]:
    """Return (to pay, carried forward) of the total of a settlement.

    >>> carry(850.0), carry(-20.0)
    ((850.0, 0.0), (0.0, -20.0))
    """
    total = round_cent(total, cent)
    return max(total, 0.0), min(total, 0.0)


def reversal_forward(paid_out: bool, payable: float, forward: float) -> float:
    """Return what the reversal of a settlement carries forward.

    Money that was paid out is owed back; what was carried forward no longer is.

    >>> reversal_forward(True, 850.0, 0.0), reversal_forward(False, 850.0, 0.0)
    (-850.0, 0.0)
    >>> reversal_forward(False, 0.0, -20.0)
    20.0
    """
    return (-payable if paid_out else 0.0) - forward + 0.0
