"""Documents of a file of evidence, and tables among them: plain values, no database."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from .sheet import quote_formula

#: Text of a table that is handed on at once, in characters.
_CHUNK = 1 << 16
# Spreadsheets take a text without it for one of their own country's encoding.
_MARK = "\ufeff"


class Part(NamedTuple):
    """One document: the folder and name it should get, and what gives its bytes.

    ``read`` is called once, when its turn comes, and raises what keeps the document
    from being read.
    """

    folder: str
    name: str
    read: Callable[[], Iterable[bytes]]


def write_table(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Give rows as separated text in UTF-8, as they come; no cell is a formula.

    >>> row = ["=Ann", None, False, date(2026, 1, 31), datetime(2026, 1, 31, 8), 1.5]
    >>> b"".join(write_table([row])).decode("utf-8-sig")
    "'=Ann,,,2026-01-31,2026-01-31 08:00:00,1.5\\r\\n"
    """
    text = io.StringIO()
    text.write(_MARK)
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(map(_write_cell, row))
        if text.tell() >= _CHUNK:
            yield _take(text)
    yield _take(text)


def _take(text):
    data = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return data


def _write_cell(value):
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return quote_formula(value) if isinstance(value, str) else value
