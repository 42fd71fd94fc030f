"""The file that payroll gets: rows of texts, dates and amounts, as xlsx or csv."""

import csv
import io
from collections.abc import Sequence

import xlsxwriter

# What a spreadsheet would take for a formula when it begins a cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(header: Sequence[str], rows: Sequence[Sequence]) -> bytes:
    """Return a text file that begins with the mark by which Excel knows UTF-8.

    No text of people becomes a formula:

    >>> to_csv(["Rep", "To pay"], [["=A1", 1.5], ["Ann", -2.0]]).decode("utf-8-sig")
    "Rep,To pay\\r\\n'=A1,1.50\\r\\nAnn,-2.00\\r\\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows([list(map(_as_text, row)) for row in (header, *rows)])
    return out.getvalue().encode("utf-8-sig")


def _as_text(value):
    if isinstance(value, float):
        return f"{value:.2f}"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def to_xlsx(header: Sequence[str], rows: Sequence[Sequence], title: str) -> bytes:
    """Return a workbook with one sheet; texts are never formulas."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.set_column(0, len(header) - 1, 16)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(number, column, value, money)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write_datetime(number, column, value, day)
    return out.getvalue()
