"""Reminding by hand: which step comes next when somebody asks for it."""

from collections.abc import Sequence

from .ladder import NEW, Progress, Step


def pick_manual_step(
    steps: Sequence[Step],
    progress: Progress = NEW,
    is_overdue: bool = True,
    again: bool = False,
    entry: int | None = None,
) -> tuple[Step, int] | None:
    """The step to go to now, whatever the days say, and its cycle.

    ``again`` repeats the step the debt has reached; one never reminded before gets
    the first one. At the end of the ladder the last step is repeated. None while a
    debt is not due and the ladder has nothing to say before the due date.

    >>> ladder = [Step(1, -3), Step(2, 5), Step(3, 20)]
    >>> pick_manual_step(ladder)[0].id, pick_manual_step(ladder, is_overdue=False)[0].id
    (2, 1)
    >>> pick_manual_step(ladder, entry=3)[0].id
    3
    >>> reached = Progress(2, 5, cycle=1)
    >>> step, cycle = pick_manual_step(ladder, reached)
    >>> step.id, cycle
    (3, 1)
    >>> step, cycle = pick_manual_step(ladder, reached, again=True)
    >>> step.id, cycle
    (2, 2)
    >>> step, cycle = pick_manual_step(ladder, Progress(3, 20, cycle=1))
    >>> step.id, cycle
    (3, 2)
    >>> pick_manual_step(ladder[1:], is_overdue=False)
    """
    allowed = [step for step in steps if is_overdue == (step.days > 0)]
    if not allowed:
        return None
    reached = next((step for step in steps if step.id == progress.step), None)
    later = [step for step in allowed if reached and step.days > reached.days]
    if reached and (again or not later):
        return reached, progress.cycle + 1
    if reached:
        return later[0], progress.cycle
    entered = [step for step in allowed if step.id == entry]
    return (entered or allowed)[0], progress.cycle + 1
