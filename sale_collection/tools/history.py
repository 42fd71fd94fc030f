"""Read a file of trade history: lines of cells in, invoices and refusals out.

Decides what a file alone can tell: which column is which, how dates and amounts are
written, unreadable cells, impossible dates, several lines of one invoice. Whether the
customer or the currency exists is for the caller. A refusal or a question carries a
code and its details; the words are the caller's too.
"""

import csv
import io
import re
from array import array
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from . import sheet
from .sheet import Record, Table

DATES = ("invoice_date", "due_date", "paid_date")
REQUIRED = (
    *("customer_ref", "invoice_ref", "invoice_date", "due_date", "paid_date"),
    *("amount", "currency"),
)
COLUMNS = (*REQUIRED, "open_amount")
# An unpaid invoice has no paid date; every other cell must be filled.
OPTIONAL = frozenset({"paid_date", "open_amount"})
REASON = "reason"
#: Names of columns people have, beside our own.
KNOWN = {
    "customer_ref": (
        "customer",
        "客户",
        "客户编号",
        "客户名称",
        "客戶",
        "客戶編號",
        "客戶名稱",
    ),
    "invoice_ref": (
        *("invoice", "invoice_number", "发票号", "发票号码", "发票编号"),
        *("發票號", "發票號碼", "發票編號"),
    ),
    "invoice_date": ("开票日期", "发票日期", "開立日期", "開票日期", "發票日期"),
    "due_date": ("due", "到期日", "到期日期"),
    "paid_date": ("paid", "回款日期", "收款日期", "付款日期"),
    "amount": ("金额", "发票金额", "金額", "發票金額"),
    "currency": ("币种", "货币", "幣別", "幣種", "貨幣"),
    "open_amount": ("未收金额", "未收金額", "未清金额", "未清金額"),
}
#: Years an invoice may be dated in: from the first to so many after today.
FIRST_YEAR = 1990
YEARS_AHEAD = 5
#: Longest reference and largest amount a line may bring.
LONGEST = 200
LARGEST = Decimal(10) ** 13

_SPOKEN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_GROUPS = "\u00a0\u202f' "


class Format(NamedTuple):
    """How the cells are written; `auto` means to find out."""

    date_order: str = "auto"
    decimal_sign: str = "auto"


class Survey(NamedTuple):
    """What one reading of a whole file tells: its layout, or what must be asked."""

    layout: Format
    count: int
    questions: tuple[tuple[str, dict[str, str]], ...]


class Line(NamedTuple):
    """One readable line; amounts in `currency`, `open_amount` None where not given."""

    record: Record
    customer_ref: str
    invoice_ref: str
    invoice_date: date
    due_date: date
    paid_date: date | None
    amount: Decimal
    open_amount: Decimal | None
    currency: str


class Invoice(NamedTuple):
    """One invoice: its lines of the file, and each payment as (day or None, amount).

    The part without a day is still open.
    """

    records: tuple[Record, ...]
    customer_ref: str
    invoice_ref: str
    invoice_date: date
    due_date: date
    currency: str
    payments: tuple[tuple[date | None, Decimal], ...]


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


# === COLUMNS ===#


def normalize(name: str) -> str:
    """Return a column's name as it is compared.

    >>> normalize(" Invoice  Ref")
    'invoice_ref'
    """
    return re.sub(r"[\s_]+", "_", name.strip().lower())


def match_columns(
    header: Sequence[str], own: dict[str, str] | None = None
) -> dict[str, int]:
    """Return {our column: its position}; `own` maps names of the file to columns.

    >>> match_columns(["Nummer", "客户"], {"nummer": "invoice_ref"})
    {'invoice_ref': 0, 'customer_ref': 1}
    """
    own = own or {}
    known = {name: column for column in COLUMNS for name in KNOWN[column]}
    known |= {column: column for column in COLUMNS}
    positions: dict[str, int] = {}
    for meanings in (own, {k: v for k, v in known.items() if k not in own}):
        for position, name in enumerate(map(normalize, header)):
            if meanings.get(name) in COLUMNS:
                positions.setdefault(meanings[name], position)
    return positions


def find_missing(positions: dict[str, int]) -> list[str]:
    """Return the columns a file lacks.

    >>> find_missing(dict.fromkeys(REQUIRED[1:], 0))
    ['customer_ref']
    """
    return [name for name in REQUIRED if name not in positions]


# === LAYOUT ===#


class _Evidence:
    """First cell that can be read in one way only, by way; and the first of two."""

    def __init__(self):
        self.only: dict[str, str] = {}
        self.either = ""

    def add(self, ways: set[str], cell: str, number: int):
        if len(ways) == 1:
            self.only.setdefault(*ways, f"{sheet.show_text(cell)} ({number})")
        elif ways:
            self.either = self.either or f"{sheet.show_text(cell)} ({number})"

    def decide(self, given: str, default: str) -> tuple[str, str, dict[str, str]]:
        """Return the way, the code of what is wrong with it or "", and its details."""
        cells = dict(enumerate(self.only.values()))
        if given != "auto":
            others = [cell for way, cell in self.only.items() if way != given]
            if others and given not in self.only:
                return given, "contradicted", {"value": others[0]}
            return given, "", {}
        if len(cells) > 1:
            return given, "mixed", {"first": cells[0], "second": cells[1]}
        if self.either and not cells:
            return given, "ambiguous", {"value": self.either}
        return next(iter(self.only), default), "", {}


def survey(table: Table, positions: dict[str, int], given: Format) -> Survey:
    """Read the whole file once and decide by whole columns how it is written.

    A wrong choice never keeps some lines and refuses the others: a choice that the
    file contradicts is a question too, as is a file in which both forms stand.
    """
    dates, amounts, count, year_last = _Evidence(), _Evidence(), 0, ""
    for record in table:
        count += 1
        for name in DATES:
            cell = _get_cell(record, positions, name)
            dates.add(find_date_orders(cell), cell, record.number)
            if not year_last and _read_both_ways(cell):
                year_last = f"{sheet.show_text(cell)} ({record.number})"
        for name in ("amount", "open_amount"):
            cell = _get_cell(record, positions, name)
            amounts.add(find_decimal_signs(cell), cell, record.number)
    order, wrong_order, order_details = dates.decide(
        given.date_order, "dmy" if year_last else "iso"
    )
    if order != "auto" and len(dates.only) > 1:
        cells = list(dates.only.values())
        wrong_order, order_details = "mixed", {"first": cells[0], "second": cells[1]}
    elif order == "iso" and year_last:
        wrong_order, order_details = "contradicted", {"value": year_last}
    sign, wrong_sign, sign_details = amounts.decide(given.decimal_sign, ".")
    questions = []
    if wrong_order:
        questions.append((f"dates_{wrong_order}", order_details))
    if wrong_sign:
        questions.append((f"amounts_{wrong_sign}", sign_details))
    return Survey(Format(order, sign), count, tuple(questions))


def find_date_orders(cell: str) -> frozenset[str]:
    """Return the orders of day and month a cell fits; none for a year in front.

    >>> sorted(find_date_orders("03/04/2025")), sorted(find_date_orders("31/12/2025"))
    (['dmy', 'mdy'], ['dmy'])
    >>> sorted(find_date_orders("2025-12-31")), sorted(find_date_orders("05/05/2025"))
    ([], [])
    """
    days = _read_both_ways(cell)
    # The same day both ways tells nothing.
    return frozenset(days) if len(set(days.values())) == len(days) else frozenset()


# A book of years has few hundred different days.
@lru_cache(maxsize=8192)
def _read_both_ways(cell: str) -> dict[str, date]:
    """Return {order: day} of a day whose year stands last."""
    days = {}
    if _YEAR_LAST.fullmatch(_strip_time(cell)):
        for order in ("dmy", "mdy"):
            with suppress(ValueError):
                days[order] = read_date(cell, order)
    return days


def find_decimal_signs(cell: str) -> set[str]:
    """Return the decimal signs a cell fits; none when it has neither sign.

    >>> sorted(find_decimal_signs("1.500")), find_decimal_signs("1.500,00")
    ([',', '.'], {','})
    >>> find_decimal_signs("12.5"), find_decimal_signs("0.500"), find_decimal_signs("7")
    ({'.'}, {'.'}, set())
    """
    if "." not in cell and "," not in cell:
        return set()
    signs = {sign for sign in ".," if _get_amount_pattern(sign).fullmatch(cell)}
    if len(signs) == 2 and re.match(r"[+-]?0\d*[.,]", cell):
        # Thousands do not begin with a zero.
        return {"." if "." in cell else ","}
    return signs


# === LINES ===#


def read_invoices(
    table: Table,
    positions: dict[str, int],
    start: int,
    stop: int,
    layout: Format,
    today: date,
) -> tuple[list[Invoice], list[Refusal]]:
    """Return the invoices whose first line is one of `start` to `stop`.

    All their lines are read, wherever they stand: one line of an invoice that cannot
    be taken refuses the others too, or half an invoice would be kept.
    """
    invoices, refusals = [], []
    for records in _collect_records(table, positions, start, stop):
        lines, refused = [], []
        for record in records:
            try:
                lines.append(_read_line(table, positions, record, layout, today))
            except _Refused as error:
                refused.append(Refusal(record, error.code, error.details))
        refused += _refuse_others(lines, refused)
        if refused:
            refusals += refused
        else:
            invoices.append(_merge(lines))
    return invoices, refusals


def _collect_records(table, positions, start: int, stop: int) -> list[list[Record]]:
    """Return the records of each invoice that begins between `start` and `stop`."""
    repeated = _find_repeated(table, positions)
    groups: dict[tuple, list[Record]] = {}
    earlier = set()
    for index, record in enumerate(table):
        if index >= stop and not repeated:
            break
        key = _get_key(record, positions)
        if hash(key) not in repeated:
            if start <= index < stop:
                groups[key] = [record]
        elif index < start:
            earlier.add(key)
        elif key in groups or (index < stop and key not in earlier):
            groups.setdefault(key, []).append(record)
    return list(groups.values())


def _find_repeated(table, positions) -> set[int]:
    """Return hashes of the invoices that stand in several lines, and hardly others."""
    # Eight bytes a line: the file may be long.
    hashes = array("q", (hash(_get_key(record, positions)) for record in table))
    return {one for one, other in pairwise(sorted(hashes)) if one == other}


def _get_key(record: Record, positions) -> tuple:
    """Return what tells one invoice from another: customer and reference."""
    customer = _get_cell(record, positions, "customer_ref")
    reference = _get_cell(record, positions, "invoice_ref")
    return (customer, reference) if customer and reference else (record.number,)


def _refuse_others(lines: list[Line], refused: list[Refusal]) -> list[Refusal]:
    """Refuse the other lines of an invoice when one is refused, all if they differ."""
    if refused:
        details = {"line": str(refused[0].record.number)}
        return [Refusal(line.record, "other_refused", details) for line in lines]
    first = lines[0]
    odd = [line for line in lines if _get_terms(line) != _get_terms(first)]
    if not odd:
        return []
    return [
        Refusal(
            line.record,
            "other_terms",
            {"line": str((first if line in odd else odd[0]).record.number)},
        )
        for line in lines
    ]


def _get_terms(line: Line) -> tuple:
    return line.invoice_date, line.due_date, line.currency


def _merge(lines: list[Line]) -> Invoice:
    """Return the invoice of some lines: amounts of one day are added up.

    What is open, or has no day, comes last.
    """
    amounts: dict[date | None, Decimal] = {}
    for line in lines:
        parts = {line.paid_date: line.amount}
        if line.open_amount is not None and line.paid_date:
            parts[line.paid_date] -= line.open_amount
            parts[None] = line.open_amount
        elif line.open_amount is not None:
            parts[None] = line.open_amount
        for day, amount in parts.items():
            if amount:
                amounts[day] = amounts.get(day, Decimal(0)) + amount
    first = lines[0]
    return Invoice(
        records=tuple(line.record for line in lines),
        customer_ref=first.customer_ref,
        invoice_ref=first.invoice_ref,
        invoice_date=first.invoice_date,
        due_date=first.due_date,
        currency=first.currency,
        payments=tuple(sorted(amounts.items(), key=lambda part: part[0] or date.max)),
    )


def _get_cell(record: Record, positions: dict[str, int], name: str) -> str:
    position = positions.get(name, len(record.cells))
    return record.cells[position] if position < len(record.cells) else ""


def _read_line(table, positions, record: Record, layout: Format, today: date) -> Line:
    if any(record.cells[len(table.header) :]):
        raise _Refused("too_many_cells")
    cells = {name: _get_cell(record, positions, name) for name in COLUMNS}
    _check_cells(cells)
    line = Line(
        record=record,
        customer_ref=cells["customer_ref"],
        invoice_ref=cells["invoice_ref"],
        currency=cells["currency"].upper(),
        amount=_read_cell_amount("amount", cells["amount"], layout.decimal_sign),
        open_amount=_read_cell_amount(
            "open_amount", cells["open_amount"], layout.decimal_sign
        ),
        **{
            name: _read_cell_date(name, cells[name], layout.date_order, today)
            for name in DATES
        },
    )
    _check_dates(line, today)
    _check_amounts(line, cells)
    return line


def _check_cells(cells: dict[str, str]):
    for name, cell in cells.items():
        if not cell and name not in OPTIONAL:
            raise _Refused("missing_value", column=name)
        if sheet.has_control(cell):
            raise _Refused("control_character", column=name)
        if len(cell) > LONGEST:
            raise _Refused("too_long", column=name, most=str(LONGEST))


def _check_dates(line: Line, today: date):
    if line.due_date < line.invoice_date:
        raise _Refused("due_before_invoice")
    if line.paid_date and line.paid_date < line.invoice_date:
        raise _Refused("paid_before_invoice")
    if line.paid_date and line.paid_date > today:
        raise _Refused("paid_in_future")


def _check_amounts(line: Line, cells: dict[str, str]):
    if line.amount <= 0:
        raise _Refused("not_positive", value=cells["amount"])
    if line.amount >= LARGEST:
        raise _Refused("too_large", value=cells["amount"])
    if line.open_amount is None:
        return
    if not 0 <= line.open_amount <= line.amount:
        raise _Refused("open_out_of_range", value=cells["open_amount"])
    if line.paid_date and line.open_amount == line.amount:
        raise _Refused("paid_but_open")
    if not line.paid_date and not line.open_amount:
        raise _Refused("paid_without_date")


def _read_cell_date(name: str, cell: str, order: str, today: date) -> date | None:
    if not cell:
        return None
    try:
        day = read_date(cell, order)
    except ValueError as error:
        raise _Refused("unreadable_date", column=name, value=cell) from error
    last = today.year + YEARS_AHEAD
    if not FIRST_YEAR <= day.year <= last:
        raise _Refused(
            "year", column=name, value=cell, first=str(FIRST_YEAR), last=str(last)
        )
    return day


def _strip_time(cell: str) -> str:
    return cell.replace("T", " ").partition(" ")[0]


@lru_cache(maxsize=8192)
def read_date(cell: str, order: str) -> date:
    """Return the day a cell names; a year in front needs no order.

    >>> read_date("31/12/2024", "dmy"), read_date("2024-12-31 00:00:00", "iso")
    (datetime.date(2024, 12, 31), datetime.date(2024, 12, 31))
    >>> read_date("2024年12月31日", "dmy"), read_date("20241231", "iso")
    (datetime.date(2024, 12, 31), datetime.date(2024, 12, 31))
    >>> read_date("12/31/2024", "dmy")
    Traceback (most recent call last):
    ValueError: month must be in 1..12
    """
    cell = _strip_time(cell)
    for pattern in (_YEAR_FIRST, _SPOKEN, _COMPACT):
        match = pattern.fullmatch(cell)
        if match:
            return date(*map(int, match.groups()))
    match = _YEAR_LAST.fullmatch(cell)
    if not match or order not in ("dmy", "mdy"):
        raise ValueError(cell)
    first, second, year = map(int, match.groups())
    return date(year, second, first) if order == "dmy" else date(year, first, second)


def _read_cell_amount(name: str, cell: str, decimal_sign: str) -> Decimal | None:
    if not cell and name in OPTIONAL:
        return None
    try:
        return read_amount(cell, decimal_sign)
    except ValueError as error:
        raise _Refused("bad_amount", column=name, value=cell) from error


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
    # Digits of other scripts are no number here.
    return re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:[{group}]\d{{3}})+|\d+)(?:{mark}\d+)?", re.ASCII
    )


def write_refusals(
    table: Table, refused: Sequence[tuple[Record, str]], with_header: bool
) -> str:
    """Return the refused lines as a file to correct and load again.

    The cells stand as they came, with the words of the reason behind them; what a
    spreadsheet would run as a formula is quoted.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.separator, lineterminator="\r\n")
    # A refused file that comes back corrected has the column already.
    width = len(table.header) - (table.header[-1] == REASON)
    if with_header:
        writer.writerow(map(sheet.quote_formula, (*table.header[:width], REASON)))
    for record, reason in refused:
        cells = record.cells[:width] + ("",) * (width - len(record.cells))
        writer.writerow(map(sheet.quote_formula, (*cells, reason)))
    return out.getvalue()
