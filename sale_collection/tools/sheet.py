"""Read a file people have: bytes in, lines of text cells out.

Finds out how a file is written: separated text in any usual encoding, or a workbook.
Knows nothing of what the cells mean. What cannot be read raises `FileError` with a
code and its details; the words are the caller's.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

SEPARATORS = (",", ";", "\t")
#: Encodings a file may be in, as Python names them.
ENCODINGS = (
    *("utf-8", "utf-16", "gb18030", "big5hkscs", "shift_jis", "euc_kr"),
    *("cp1252", "cp1250", "cp1251", "mac_roman"),
)
#: What the detector calls them.
_DETECTED = {"big5": "big5hkscs", "cp949": "euc_kr", "windows-1251": "cp1251"}
_DETECTED |= {"macroman": "mac_roman", "shift_jis": "shift_jis", "euc-kr": "euc_kr"}
_DETECTED |= {"gb2312": "gb18030", "gb18030": "gb18030"}

_CHUNK = 1 << 20
# Lines with foreign letters the detector looks at, in bytes.
_SAMPLE = 1 << 16
_FOREIGN_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_COMMON_PAIR = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
# Of the pairs of a Chinese text, how many are common characters.
_COMMON_SHARE = 0.75
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
# Longest text of a cell on a screen.
_SHOWN = 80
_SEPARATOR_LINE = re.compile('"?sep=(.)"?\r?\n?')
# A spreadsheet would run a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FileError(ValueError):
    """The file as a whole cannot be read; `code` says why."""

    def __init__(self, code: str, **details: str):
        super().__init__(code)
        self.code = code
        self.details = details


class Guess(NamedTuple):
    """An encoding, and whether nothing else is possible in practice."""

    encoding: str
    is_sure: bool


class Record(NamedTuple):
    """One line of the file as it stands: its number and its cells."""

    number: int
    cells: tuple[str, ...]


class Table:
    """A file of separated values, read anew by each iteration: it may be long."""

    def __init__(self, data: bytes, encoding: str = "auto", separator: str = "auto"):
        check_kind(data)
        if encoding == "auto":
            encoding = guess_encoding(data).encoding
        self._data = data
        self.encoding = encoding
        named, first_line = self._read_first_lines()
        self._skips = bool(named)
        if separator == "auto":
            separator = named or find_separator(first_line)
        self.separator = separator
        first = next(self._read(), None)
        if first is None:
            raise FileError("empty")
        self.header = first.cells

    def __iter__(self) -> Iterator[Record]:
        records = self._read()
        next(records)
        return records

    def _open(self) -> io.TextIOWrapper:
        name = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        if name == "utf-16" and not _has_mark(self._data):
            name = "utf-16-le"
        return io.TextIOWrapper(io.BytesIO(self._data), encoding=name, newline="")

    def _read_first_lines(self) -> tuple[str, str]:
        """Return the separator a line `sep=;` names, and the first line of cells."""
        try:
            with self._open() as text:
                line = text.readline()
                match = _SEPARATOR_LINE.fullmatch(line)
                if match:
                    return match[1], text.readline()
                while line and not line.strip():
                    line = text.readline()
                return "", line
        except UnicodeError as error:
            raise FileError("encoding", encoding=self.encoding) from error

    def _read(self) -> Iterator[Record]:
        try:
            with self._open() as text:
                skipped = bool(self._skips and text.readline())
                reader = csv.reader(text, delimiter=self.separator)
                for cells in reader:
                    cells = tuple(_unquote(cell.strip()) for cell in cells)
                    if any(cells):
                        yield Record(reader.line_num + skipped, cells)
        except UnicodeError as error:
            raise FileError("encoding", encoding=self.encoding) from error
        except csv.Error as error:
            raise FileError("unreadable", message=str(error)) from error


def check_kind(data: bytes):
    """Refuse what is no table of text."""
    if data[:5] == b"%PDF-":
        raise FileError("pdf")
    if is_workbook(data):
        raise FileError("spreadsheet")


def guess_encoding(data: bytes) -> Guess:
    """Return the encoding of a text, and whether it is sure.

    Only a byte order mark or valid UTF-8 is sure. GB18030 comes before anything
    Latin: it is taken when the text decodes and most of its characters are common
    ones. It is not sure: Korean, or Russian in capitals, has the same bytes.

    >>> guess_encoding("é;".encode())
    Guess(encoding='utf-8', is_sure=True)
    >>> {guess_encoding("客户".encode("gbk")), guess_encoding("ОООО".encode("cp1251"))}
    {Guess(encoding='gb18030', is_sure=False)}
    """
    if _has_mark(data) or data[1:4:2] == b"\0\0":
        # Some programs leave the mark out; no text of letters has such zeros.
        return Guess("utf-16", True)
    if decodes(data, "utf-8"):
        return Guess("utf-8", True)
    sample = _take_sample(data)
    if decodes(data, "gb18030") and _is_chinese(sample):
        return Guess("gb18030", False)
    for name in filter(None, (_detect(sample), "cp1252", "cp1250")):
        if decodes(data, name):
            return Guess(name, False)
    raise FileError("encoding_unknown")


def _has_mark(data: bytes) -> bool:
    return data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decodes(data: bytes, encoding: str) -> bool:
    """Tell whether all of `data` is valid in `encoding`."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _take_sample(data: bytes) -> bytes:
    """Return the first lines with foreign letters, which alone tell an encoding."""
    lines, size = [], 0
    for match in _FOREIGN_LINE.finditer(data):
        lines.append(match[0])
        size += len(match[0])
        if size > _SAMPLE:
            break
    return b"\n".join(lines)


def _is_chinese(sample: bytes) -> bool:
    pairs = _PAIR.findall(sample)
    common = sum(bool(_COMMON_PAIR.fullmatch(pair)) for pair in pairs)
    return bool(pairs) and common >= _COMMON_SHARE * len(pairs)


def _detect(sample: bytes) -> str | None:
    """Return what the detector Odoo uses for imports says, if we read that."""
    import chardet  # noqa: PLC0415

    found = (chardet.detect(sample)["encoding"] or "").lower()
    return _DETECTED.get(found)


def find_separator(first_line: str) -> str:
    """Return the separator the first line uses most.

    >>> find_separator("a;b;c,d")
    ';'
    """
    return max(SEPARATORS, key=first_line.count)


def is_workbook(data: bytes) -> bool:
    """Tell whether the file is one of a spreadsheet program."""
    return data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_workbook(data: bytes) -> bytes:
    """Return the first sheet of an .xlsx or .xls file as UTF-8 text with commas."""
    read = _read_xlsx if data[:2] == b"PK" else _read_xls
    out = io.StringIO()
    try:
        csv.writer(out).writerows(map(write_cell, row) for row in read(data))
    except Exception as error:  # noqa: BLE001
        # The readers raise whatever a broken or foreign file makes them raise.
        raise FileError("spreadsheet") from error
    return out.getvalue().encode()


def _read_xlsx(data):
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    page = book.worksheets[0]
    # Some programs write a size that holds the first cell alone.
    page.reset_dimensions()
    yield from page.iter_rows(values_only=True)


def _read_xls(data):
    import xlrd  # noqa: PLC0415

    book = xlrd.open_workbook(file_contents=data)
    for row in book.sheet_by_index(0).get_rows():
        yield [_read_xls_cell(xlrd, book, cell) for cell in row]


def _read_xls_cell(xlrd, book, cell):
    """Return the value of a cell; what is no number stays none, such as `#N/A`."""
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#ERROR")
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


def write_cell(value) -> str:
    """Return the text of a value of a workbook, which nobody can read two ways.

    >>> write_cell(datetime(2025, 3, 4)), write_cell(1250.0), write_cell(None)
    ('2025-03-04', '1250', '')
    >>> write_cell(1.125)
    '1.1250'
    """
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    if isinstance(value, float):
        text = f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else "inf"
        # Three digits behind a point could be thousands.
        return text + "0" if re.search(r"\.\d{3}$", text) else text
    return "" if value is None else str(value)


def show_text(cell: str) -> str:
    """Return the text of a cell as a screen can show it: short, no control characters.

    >>> show_text("a\\0b")
    'a b'
    """
    return _CONTROL.sub(" ", cell)[:_SHOWN]


def has_ideographs(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return bool(_IDEOGRAPH.search(text))


def has_control(cell: str) -> bool:
    """Tell whether a cell holds a character that is no text and cannot be kept."""
    return bool(_CONTROL.search(cell))


def quote_formula(cell: str) -> str:
    """Return a cell no spreadsheet runs as a formula.

    >>> quote_formula("=1+1"), quote_formula("Ann")
    ("'=1+1", 'Ann')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unquote(cell: str) -> str:
    """Undo `quote_formula`: a corrected file comes back."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell
