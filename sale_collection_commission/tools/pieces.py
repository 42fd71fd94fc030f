"""Parts of commission before cents: what a refund takes back of what was booked."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """What a row of money makes for an earner, before cents are rounded.

    ``earner`` is (rep, agent, plan, rate); ``base`` and ``own`` are those of the money,
    ``own`` after the earner's share. ``percent`` 0-100.
    """

    kind: str
    earner: tuple
    base: float
    own: float
    percent: float
    factor: float
    setoff: float = 0.0


def follow_booked(
    found: Sequence[Piece], earned: Sequence[Piece], size: float
) -> list[Piece]:
    """Return what takes back booked pieces.

    What was credited decides by which of the booked rates, as long as plans and rates
    are those of then; otherwise each of them goes back in proportion.

    :param found: what the refund would make by itself, negative
    :param earned: what its money has booked
    :param float size: the refund's part of that money, negative

    A third of what paid 12 % is refunded; by the plan of today it would be 5 %:

    >>> then = Piece("accrual", (7, None, 1, 10), 900.0, 900.0, 12.0, 0.5)
    >>> [piece] = follow_booked([], [then], -1 / 3)
    >>> piece.own, piece.percent, piece.factor
    (-300.0, 12.0, 0.5)
    >>> now = Piece("accrual", (7, None, 1, 10), -300.0, -300.0, 12.0, 1.0)
    >>> follow_booked([now], [then], -1 / 3)[0].factor
    0.5
    """
    booked = {piece.earner: piece for piece in earned if piece.kind == "accrual"}
    wanted = [piece for piece in found if piece.kind == "accrual"]
    if not wanted or {piece.earner for piece in wanted} - booked.keys():
        return [_scale(piece, size) for piece in earned if piece.own]
    pieces = [
        piece._replace(
            percent=booked[piece.earner].percent, factor=booked[piece.earner].factor
        )
        for piece in wanted
    ]
    credited, sold = _sum_by_rate(wanted), _sum_by_rate(booked.values())
    for piece in earned:
        rate = piece.earner[2:]
        if piece.kind == "override" and sold.get(rate):
            pieces.append(_scale(piece, credited.get(rate, 0.0) / sold[rate]))
        elif piece.kind != "accrual":
            pieces.append(_scale(piece, size))
    return [piece for piece in pieces if piece.own]


def _scale(piece, size):
    return piece._replace(base=piece.base * size, own=piece.own * size, setoff=0.0)


def _sum_by_rate(pieces):
    """Return {(plan, rate): own base} of pieces."""
    sums = {}
    for piece in pieces:
        rate = piece.earner[2:]
        sums[rate] = sums.get(rate, 0.0) + piece.own
    return sums


def merge_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces with those of one earner, rate and kind as one.

    Factors are weighed by what they are paid on.

    >>> half = Piece("accrual", (7, None, 1, 10), -500.0, -500.0, 10.0, 1.0)
    >>> [piece] = merge_pieces([half, half._replace(factor=0.5)])
    >>> piece.own, piece.factor
    (-1000.0, 0.75)
    """
    groups = {}
    for piece in pieces:
        groups.setdefault((piece.kind, piece.earner), []).append(piece)
    return [_join(group) for group in groups.values()]


def _join(group):
    if len(group) == 1:
        return group[0]
    own = sum(piece.own for piece in group)
    percent = next((piece.percent for piece in group if piece.percent), 0.0)
    worth = sum(piece.own * piece.percent * piece.factor for piece in group)
    return group[0]._replace(
        base=sum(piece.base for piece in group),
        own=own,
        percent=percent,
        factor=worth / (own * percent) if own and percent else 1.0,
        setoff=sum(piece.setoff for piece in group),
    )
