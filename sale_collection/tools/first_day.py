"""Steps of the first day: what a company settles before the work of every day."""

from typing import NamedTuple


class Step(NamedTuple):
    """One thing to settle, and whether it is settled: told by what is so, not ticked.

    :param sequence: place in the row
    :param title: in the user's language, and so is the rest
    :param text: how it stands now
    :param button: what the one button says
    :param action: XML id of what the button opens
    :param context: what that is opened with
    """

    sequence: int
    code: str
    title: str
    text: str
    is_done: bool
    button: str
    action: str
    context: dict = {}


def put_in_order(steps):
    """Return steps as plain values, in their order.

    >>> steps = [Step(place, code, *[""] * 5) for place, code in ((2, "b"), (1, "a"))]
    >>> [step["code"] for step in put_in_order(steps)]
    ['a', 'b']
    """
    ordered = sorted(steps, key=lambda step: (step.sequence, step.code))
    return [step._asdict() for step in ordered]
