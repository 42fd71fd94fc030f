"""What people and scripts may enter: numbers and days one can work with."""

import math
from datetime import date, datetime
from typing import Any

# More digits than these a float does not keep, and no customer owes.
NUMBER_LIMIT = 1e15
INTEGER_LIMIT = 2**31 - 1
# 31 December 2099 is what other systems write for "no end".
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)

NUMBERS = ("float", "monetary")
DAYS = ("date", "datetime")
TEXTS = ("char", "text", "html")


def find_flaw(kind: str, value: Any) -> str:
    """Return what is wrong with a value entered, "" where nothing is.

    :param kind: type of the field, as Odoo calls it
    :return: "number", "integer", "day" or "text"

    >>> find_flaw("float", 12.5), find_flaw("monetary", 1e300)
    ('', 'number')
    >>> find_flaw("float", "nan"), find_flaw("integer", 10**12)
    ('number', 'integer')
    >>> find_flaw("date", "2026-03-31"), find_flaw("date", "9999-12-31")
    ('', 'day')
    >>> find_flaw("char", "Miller"), find_flaw("char", chr(0))
    ('', 'text')
    """
    if value is None or value is False or kind in DAYS and not value:
        return ""
    if kind in NUMBERS:
        return "" if _is_number(value, NUMBER_LIMIT) else "number"
    if kind == "integer":
        return "" if _is_number(value, INTEGER_LIMIT) else "integer"
    if kind in DAYS:
        return "" if _is_day(value) else "day"
    if kind in TEXTS and isinstance(value, str):
        return "text" if "\0" in value else ""
    return ""


def find_named(value: Any, is_many: bool) -> tuple[list[int], list[dict]]:
    """Return the ids and the rows that the value of a relation names.

    Fails where it cannot tell what is named: what passed unread would be used.

    :param value: as clients send it: an id, a dict, a list of ids or of commands
    :raise ValueError: nothing of these

    >>> find_named(7, False), find_named({"id": 7, "name": "A"}, False)
    (([7], []), ([7], [{'id': 7, 'name': 'A'}]))
    >>> find_named([(6, 0, [1, 2]), (4, 3), (0, 0, {"note": "A"})], True)
    ([1, 2, 3], [{'note': 'A'}])
    >>> find_named([(1, 5, {"note": "B"}), (2, 6)], True)
    ([5], [{'note': 'B'}])
    >>> find_named([(4, "7")], True)
    Traceback (most recent call last):
    ValueError: no record: '7'
    """
    if not value:
        return [], []
    if hasattr(value, "_origin"):
        return list(value._origin.ids), []
    if not is_many:
        return _find_one(value[0] if isinstance(value, (list, tuple)) else value)
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"no records: {value!r}")
    ids: list[int] = []
    rows: list[dict] = []
    for item in value:
        if isinstance(item, (list, tuple)):
            named, inner = _find_commanded(*item)
        else:
            named, inner = _find_one(item)
        ids += named
        rows += inner
    return ids, rows


def _find_one(value: Any) -> tuple[list[int], list[dict]]:
    if isinstance(value, dict):
        return _find_one(value.get("id"))[0], [value]
    if not value:
        return [], []
    if type(value) is not int:
        raise ValueError(f"no record: {value!r}")
    return [value], []


def _find_commanded(
    code: Any, key: Any = 0, part: Any = None
) -> tuple[list[int], list[dict]]:
    """What a command names; those that take records off name none."""
    if code in (2, 3, 5):
        return [], []
    if code == 6:
        return find_named(list(part or ()), True)
    if code not in (0, 1, 4):
        raise ValueError(f"no command: {code!r}")
    if code == 0:
        key = 0  # what the client calls the new row
    rows = [part] if code in (0, 1) and isinstance(part, dict) else []
    return _find_one(key)[0], rows


def _is_number(value: Any, limit: float) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return math.isfinite(number) and abs(number) <= limit


def _is_day(value: Any) -> bool:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = datetime.strptime(value[:10], "%Y-%m-%d").date()
        except ValueError:
            return False
    return isinstance(value, date) and FIRST_DAY <= value <= LAST_DAY
