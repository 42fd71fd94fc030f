"""Phases of the nightly run, and the order they run in."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Phase(NamedTuple):
    """One phase of the nightly run.

    The method ``_phase_<code>(today)`` of the run does the work and returns counts.

    :param code: unique among the phases
    :param label: name in the user's language
    :param after: code of the phase it follows directly; empty for the first one
    :param counts: {key of a count: words for it in the user's language}
    """

    code: str
    label: str
    after: str = ""
    counts: Mapping[str, str] = {}


def in_order(phases: Iterable[Phase]) -> list[Phase]:
    """Return phases so that each stands behind the one it names.

    Phases that name the same one stand by code: the order in which addons are loaded
    makes no difference.

    >>> night = [Phase("b", "B", "a"), Phase("a", "A"), Phase("d", "D", "a")]
    >>> [phase.code for phase in in_order([*night, Phase("c", "C", "b")])]
    ['a', 'b', 'c', 'd']

    :raise ValueError: a phase names one that does not exist
    """
    followers = {}
    for phase in sorted(phases, reverse=True):
        followers.setdefault(phase.after, []).append(phase)
    ordered, waiting = [], followers.pop("", [])
    while waiting:
        phase = waiting.pop()
        ordered.append(phase)
        waiting += followers.pop(phase.code, [])
    if followers:
        raise ValueError(f"No such phases: {', '.join(sorted(followers))}")
    return ordered
