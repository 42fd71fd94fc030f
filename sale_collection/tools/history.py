"""Read a file of trade history: bytes in, rows and refusals out.

Decides what a file alone can tell: its encoding and separator, missing columns,
unreadable cells, impossible dates, repeated references. Whether the customer or
the currency exists is for the caller. A refusal carries a code and its details;
the words are the caller's too.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

COLUMNS = (
    "customer_ref",
    "invoice_ref",
    "invoice_date",
    "due_date",
    "paid_date",
    "amount",
    "currency",
)
# An unpaid invoice has no paid date; every other cell must be filled.
OPTIONAL = frozenset({"paid_date"})
REASON = "reason"
SEPARATORS = (",", ";", "\t")
DATE_ORDERS = {"iso": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}

_DATE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")
_GROUPS = "\u00a0\u202f' "


class FileError(ValueError):
    """The file as a whole cannot be read; `code` says why."""

    def __init__(self, code: str, **details: str):
        super().__init__(code)
        self.code = code
        self.details = details


class Format(NamedTuple):
    """How the file is written; `auto` means to find out."""

    encoding: str = "auto"
    separator: str = "auto"
    date_order: str = "iso"
    decimal_sign: str = "."


class Record(NamedTuple):
    """One line of the file as it stands: its number and its cells."""

    number: int
    cells: tuple[str, ...]


class Table(NamedTuple):
    """A file split into cells. `first_lines`: reference -> line it first stands on."""

    header: tuple[str, ...]
    positions: dict[str, int]
    separator: str
    records: tuple[Record, ...]
    first_lines: dict[str, int]


class Row(NamedTuple):
    """One readable invoice; `amount` in `currency`, `paid_date` None while unpaid."""

    record: Record
    customer_ref: str
    invoice_ref: str
    invoice_date: date
    due_date: date
    paid_date: date | None
    amount: Decimal
    currency: str


class Refusal(NamedTuple):
    """One line that cannot be taken, and why."""

    record: Record
    code: str
    details: dict[str, str]


class _Refused(Exception):
    def __init__(self, code: str, **details: str):
        super().__init__(code)
        self.code = code
        self.details = details


def decode(data: bytes, encoding: str = "auto") -> str:
    """Return the text of a file.

    Without a known encoding: a byte order mark decides, else UTF-8, else
    GB18030 when every foreign letter is a pair of high bytes, as Chinese always
    is and Western accents hardly ever, else Windows Western.

    >>> decode("\\ufeffa".encode()), decode("é;".encode("cp1252"))
    ('a', 'é;')
    >>> decode("客户".encode("gb18030")), decode("客户".encode("utf-16"))
    ('客户', '客户')
    """
    if data[:4] == b"PK\x03\x04":
        raise FileError("spreadsheet")
    name = _guess_encoding(data) if encoding == "auto" else encoding
    try:
        return data.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeError as error:
        raise FileError("encoding", encoding=encoding) from error


def _guess_encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data.decode()
        return "utf-8"
    except UnicodeError:
        return "gb18030" if _GB2312.fullmatch(data) else "cp1252"


def find_separator(text: str) -> str:
    """Return the separator the first line uses most.

    >>> find_separator("a;b;c,d\\n1,2,3,4,5")
    ';'
    """
    first_line = text.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=first_line.count)


def read_table(data: bytes, layout: Format) -> Table:
    """Split a file into cells, and refuse it when columns are missing."""
    text = decode(data, layout.encoding)
    separator = layout.separator
    if separator == "auto":
        separator = find_separator(text)
    try:
        records = tuple(_read_records(text, separator))
    except csv.Error as error:
        raise FileError("unreadable", message=str(error)) from error
    if not records:
        raise FileError("empty")
    header, records = records[0].cells, records[1:]
    positions = _find_columns(header)
    return Table(
        header, positions, separator, records, _find_first_lines(records, positions)
    )


def _read_records(text: str, separator: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        cells = tuple(cell.strip() for cell in cells)
        if any(cells):
            yield Record(reader.line_num, cells)


def _find_columns(header: Sequence[str]) -> dict[str, int]:
    names = [re.sub(r"[\s_]+", "_", name.lower()) for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise FileError("missing_columns", columns=", ".join(missing))
    return {name: names.index(name) for name in COLUMNS}


def _find_first_lines(records, positions: dict[str, int]) -> dict[str, int]:
    position = positions["invoice_ref"]
    first_lines: dict[str, int] = {}
    for record in records:
        if position < len(record.cells):
            first_lines.setdefault(record.cells[position], record.number)
    return first_lines


def read_rows(
    table: Table, start: int, stop: int, layout: Format, today: date
) -> tuple[list[Row], list[Refusal]]:
    """Return the readable rows of records `start` to `stop`, and the others."""
    rows, refusals = [], []
    for record in table.records[start:stop]:
        try:
            rows.append(_read_row(table, record, layout, today))
        except _Refused as refused:
            refusals.append(Refusal(record, refused.code, refused.details))
    return rows, refusals


def _read_row(table: Table, record: Record, layout: Format, today: date) -> Row:
    cells = _pick_cells(table, record)
    dates = {
        name: _read_cell_date(name, cells[name], layout.date_order)
        for name in ("invoice_date", "due_date", "paid_date")
    }
    row = Row(
        record=record,
        customer_ref=cells["customer_ref"],
        invoice_ref=cells["invoice_ref"],
        amount=_read_cell_amount(cells["amount"], layout.decimal_sign),
        currency=cells["currency"].upper(),
        **dates,
    )
    _check_dates(row, today)
    first_line = table.first_lines[row.invoice_ref]
    if first_line != record.number:
        raise _Refused("duplicate", line=str(first_line))
    return row


def _pick_cells(table: Table, record: Record) -> dict[str, str]:
    if any(record.cells[len(table.header) :]):
        raise _Refused("too_many_cells")
    cells = {
        name: record.cells[position] if position < len(record.cells) else ""
        for name, position in table.positions.items()
    }
    for name in COLUMNS:
        if not cells[name] and name not in OPTIONAL:
            raise _Refused("missing_value", column=name)
    return cells


def _check_dates(row: Row, today: date):
    if row.due_date < row.invoice_date:
        raise _Refused("due_before_invoice")
    if row.paid_date and row.paid_date < row.invoice_date:
        raise _Refused("paid_before_invoice")
    if row.paid_date and row.paid_date > today:
        raise _Refused("paid_in_future")


def _read_cell_date(name: str, cell: str, order: str) -> date | None:
    if not cell:
        return None
    try:
        return read_date(cell, order)
    except ValueError as error:
        raise _Refused("unreadable_date", column=name, value=cell) from error


# A book of years has few hundred different days.
@lru_cache(maxsize=8192)
def read_date(cell: str, order: str) -> date:
    """Return the day a cell names, in the order the file is said to use.

    >>> read_date("31/12/2024", "dmy"), read_date("2024-12-31 00:00:00", "iso")
    (datetime.date(2024, 12, 31), datetime.date(2024, 12, 31))
    >>> read_date("12/31/2024", "dmy")
    Traceback (most recent call last):
    ValueError: month must be in 1..12
    """
    match = _DATE.fullmatch(cell.replace("T", " ").partition(" ")[0])
    if not match:
        raise ValueError(cell)
    year, month, day = (match.groups()[index] for index in DATE_ORDERS[order])
    if len(year) != 4:
        raise ValueError(cell)
    return date(int(year), int(month), int(day))


def _read_cell_amount(cell: str, decimal_sign: str) -> Decimal:
    try:
        amount = read_amount(cell, decimal_sign)
    except ValueError as error:
        raise _Refused("bad_amount", value=cell) from error
    if amount <= 0:
        raise _Refused("not_positive", value=cell)
    return amount


def read_amount(cell: str, decimal_sign: str) -> Decimal:
    """Return the number a cell holds; thousands may be grouped, by three only.

    >>> read_amount("1,234.50", "."), read_amount("1 234,5", ",")
    (Decimal('1234.50'), Decimal('1234.5'))
    >>> read_amount("12,5", ".")
    Traceback (most recent call last):
    ValueError: 12,5
    """
    if not _get_amount_pattern(decimal_sign).fullmatch(cell):
        raise ValueError(cell)
    digits = re.sub(rf"[^\d+\-{re.escape(decimal_sign)}]", "", cell)
    return Decimal(digits.replace(decimal_sign, "."))


@lru_cache(maxsize=2)
def _get_amount_pattern(decimal_sign: str) -> re.Pattern:
    group = re.escape(_GROUPS + ("," if decimal_sign == "." else "."))
    mark = re.escape(decimal_sign)
    return re.compile(rf"[+-]?(?:\d{{1,3}}(?:[{group}]\d{{3}})+|\d+)(?:{mark}\d+)?")


def write_refusals(
    table: Table, refused: Sequence[tuple[Record, str]], with_header: bool
) -> str:
    """Return the refused lines as a file to correct and load again.

    The cells stand as they came, with the words of the reason behind them.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.separator, lineterminator="\r\n")
    # A refused file that comes back corrected has the column already.
    width = len(table.header) - (table.header[-1] == REASON)
    if with_header:
        writer.writerow((*table.header[:width], REASON))
    for record, reason in refused:
        cells = record.cells[:width] + ("",) * (width - len(record.cells))
        writer.writerow((*cells, reason))
    return out.getvalue()
