"""What a file of trade history alone can tell."""

import io
from datetime import date, datetime
from decimal import Decimal
from zipfile import ZipFile

import openpyxl
import pytest
import xlwt

from odoo.addons.sale_collection.tools import history, sheet

HEADER = "customer_ref,invoice_ref,invoice_date,due_date,paid_date,amount,currency"
TODAY = date(2026, 6, 30)
GOOD = "C1,I1,2026-01-05,2026-02-04,2026-02-10,100.50,usd"


def survey(text, encoding="utf-8", own=None, **layout):
    table = sheet.Table(text.encode(encoding))
    positions = history.match_columns(table.header, own)
    assert not history.find_missing(positions)
    return table, positions, history.survey(table, positions, history.Format(**layout))


def read(text, today=TODAY, encoding="utf-8", own=None, **layout):
    """Return the invoices and refusals of a file of which nothing must be asked."""
    table, positions, found = survey(text, encoding, own, **layout)
    assert not found.questions
    return history.read_invoices(table, positions, 0, found.count, found.layout, today)


def ask(text, **layout):
    """Return the codes and details of what must be asked about a file."""
    return list(survey(text, **layout)[2].questions)


def refuse(line, header=HEADER, **layout):
    """Return the code and details of the only line of a file."""
    rows, refusals = read(f"{header}\n{line}\n", **layout)
    assert not rows
    return refusals[0].code, refusals[0].details


def book(*pairs, name="paid_date"):
    """Return a file of one line for each cell, all of one column."""
    base = {"invoice_date": "2025-01-01", "due_date": "2026-06-01", "paid_date": ""}
    base |= {"customer_ref": "C1", "amount": "1", "currency": "USD"}
    lines = [HEADER.replace(",", ";")]
    for number, cell in enumerate(pairs):
        cells = base | {"invoice_ref": f"I{number}", name: cell}
        lines.append(";".join(cells[column] for column in HEADER.split(",")))
    return "\n".join(lines) + "\n"


def test_reads_a_row():
    rows, refusals = read(f"{HEADER}\n{GOOD}\n")
    assert not refusals
    row = rows[0]
    assert (row.customer_ref, row.invoice_ref, row.currency) == ("C1", "I1", "USD")
    assert row.invoice_date == date(2026, 1, 5)
    assert row.payments == ((date(2026, 2, 10), Decimal("100.50")),)
    assert row.records[0].number == 2


def test_unpaid_row_has_no_paid_date():
    rows, _refusals = read(f"{HEADER}\nC1,I1,2026-01-05,2026-02-04,,100,USD\n")
    assert rows[0].payments == ((None, 100),)


@pytest.mark.parametrize(
    "line,code,details",
    [
        (",I1,2026-01-05,2026-02-04,,1,USD", "missing_value", "customer_ref"),
        ("C1,,2026-01-05,2026-02-04,,1,USD", "missing_value", "invoice_ref"),
        ("C1,I1,2026-01-05,2026-02-04", "missing_value", "amount"),
        ("C1,I1,2026-01-05,2026-02-30,,1,USD", "unreadable_date", "due_date"),
        ("C1,I1,soon,2026-02-04,,1,USD", "unreadable_date", "invoice_date"),
        ("C1,I1,13/25/2026,2026-02-04,,1,USD", "unreadable_date", "invoice_date"),
        ("C1,I1,1989-12-31,2026-02-04,,1,USD", "year", "invoice_date"),
        ("C1,I1,2026-01-05,2032-01-01,,1,USD", "year", "due_date"),
        ("C1,I1,2026-01-05,9999-01-01,,1,USD", "year", "due_date"),
        ("C1,I1,2026-01-05,2026-02-04,26-1-1,1,USD", "unreadable_date", "paid_date"),
        ("C1,I1,2026-01-05,2026-02-04,,ten,USD", "bad_amount", "ten"),
        ("C1,I1,2026-01-05,2026-02-04,,inf,USD", "bad_amount", "inf"),
        ("C1,I1,2026-01-05,2026-02-04,,-Infinity,USD", "bad_amount", "-Infinity"),
        ("C1,I1,2026-01-05,2026-02-04,,１０,USD", "bad_amount", "１０"),
        ("C1,I1,2026-01-05,2026-02-04,,1" + "0" * 30 + ",USD", "too_large", None),
        ("C1,I1,2026-01-05,2026-02-04,,1,", "missing_value", "currency"),
        ("C1,I1,2026-02-04,,1,USD", "missing_value", "due_date"),
        ("C1,I\0,2026-01-05,2026-02-04,,1,USD", "control_character", "invoice_ref"),
        ("C1," + "I" * 201 + ",2026-01-05,2026-02-04,,1,USD", "too_long", "200"),
        ("C1,I1,2026-01-05,2026-02-04,,1e5,USD", "bad_amount", "1e5"),
        ("C1,I1,2026-01-05,2026-02-04,,NaN,USD", "bad_amount", "NaN"),
        ("C1,I1,2026-01-05,2026-02-04,,0,USD", "not_positive", "0"),
        ("C1,I1,2026-01-05,2026-02-04,,-3,USD", "not_positive", "-3"),
        ("C1,I1,2026-01-05,2026-01-04,,1,USD", "due_before_invoice", None),
        ("C1,I1,2026-01-05,2026-02-04,2026-01-04,1,USD", "paid_before_invoice", None),
        ("C1,I1,2026-01-05,2026-02-04,2026-07-01,1,USD", "paid_in_future", None),
        ("C1,I1,2026-01-05,2026-02-04,,1,000.00,USD", "too_many_cells", None),
    ],
)
def test_refuses(line, code, details):
    found, found_details = refuse(line)
    assert found == code
    assert details is None or details in found_details.values()


def test_good_rows_are_kept_beside_bad_ones():
    rows, refusals = read(f"{HEADER}\n{GOOD}\nC1,I2,x,2026-02-04,,1,USD\n")
    assert [row.invoice_ref for row in rows] == ["I1"]
    assert [refusal.record.number for refusal in refusals] == [3]


OPEN = f"{HEADER},open_amount"


@pytest.mark.parametrize(
    "lines,payments",
    [
        # A line for each item of the invoice.
        (["2026-02-10,30", "2026-02-10,70.5"], [("2026-02-10", "100.5")]),
        (["2026-02-10,30", "2026-02-10,30"], [("2026-02-10", "60")]),
        ([",30", ",70"], [(None, "100")]),
        # A line for each payment, in any order; what is open comes last.
        (
            ["2026-06-10,60", "2026-03-10,40"],
            [("2026-03-10", "40"), ("2026-06-10", "60")],
        ),
        ([",5", "2026-03-10,40"], [("2026-03-10", "40"), (None, "5")]),
    ],
)
def test_lines_of_one_invoice(lines, payments):
    cells = [line.split(",") for line in lines]
    text = "\n".join(
        [HEADER]
        + [f"C1,I1,2026-01-05,2026-02-04,{paid},{amount},USD" for paid, amount in cells]
        + ["C2,I1,2026-01-06,2026-02-05,,7,USD"]
    )
    invoices, refusals = read(text)
    assert not refusals
    assert [invoice.customer_ref for invoice in invoices] == ["C1", "C2"]
    assert list(invoices[0].payments) == [
        (day and date.fromisoformat(day), Decimal(amount)) for day, amount in payments
    ]
    assert invoices[1].payments == ((None, 7),)


@pytest.mark.parametrize(
    "paid,amount,open_amount,payments",
    [
        ("", "100", "30", [(None, "30")]),
        ("", "100", "", [(None, "100")]),
        ("2026-03-10", "100", "30", [("2026-03-10", "70"), (None, "30")]),
        ("2026-03-10", "100", "0", [("2026-03-10", "100")]),
    ],
)
def test_open_amount(paid, amount, open_amount, payments):
    line = f"C1,I1,2026-01-05,2026-02-04,{paid},{amount},USD,{open_amount}"
    invoices, refusals = read(f"{OPEN}\n{line}\n")
    assert not refusals
    assert list(invoices[0].payments) == [
        (day and date.fromisoformat(day), Decimal(part)) for day, part in payments
    ]


@pytest.mark.parametrize(
    "paid,open_amount,code",
    [
        ("", "101", "open_out_of_range"),
        ("", "-1", "open_out_of_range"),
        ("", "0", "paid_without_date"),
        ("2026-03-10", "100", "paid_but_open"),
        ("", "nan", "bad_amount"),
    ],
)
def test_open_amount_that_cannot_be(paid, open_amount, code):
    line = f"C1,I1,2026-01-05,2026-02-04,{paid},100,USD,{open_amount}"
    assert refuse(line, header=OPEN)[0] == code


def test_half_an_invoice_is_not_kept():
    other = GOOD.replace("2026-02-10", "soon")
    _rows, refusals = read(f"{HEADER}\n{GOOD}\n{other}\n")
    assert {refusal.record.number: refusal.code for refusal in refusals} == {
        2: "other_refused",
        3: "unreadable_date",
    }


def test_lines_of_one_invoice_that_disagree():
    other = GOOD.replace("usd", "EUR")
    rows, refusals = read(f"{HEADER}\n{GOOD}\n{other}\n")
    assert not rows
    assert [(one.code, one.details["line"]) for one in refusals] == [
        ("other_terms", "3"),
        ("other_terms", "2"),
    ]


def test_steps_give_what_the_whole_gives():
    text = HEADER + "".join(
        f"\nC1,I{number % 7},2026-01-05,2026-02-04,,{number},USD"
        for number in range(1, 11)
    )
    table, positions, found = survey(text)
    whole = history.read_invoices(table, positions, 0, 10, found.layout, TODAY)
    steps = [
        history.read_invoices(table, positions, i, i + 4, found.layout, TODAY)
        for i in (0, 4, 8)
    ]
    assert [row for step in steps for row in step[0]] == whole[0]
    assert len(whole[0]) == 7
    assert sum(row.payments[0][1] for row in whole[0]) == 55


@pytest.mark.parametrize(
    "cells,order,question",
    [
        (["2025-12-31", "2025/1/2", "20250103", "2025年1月4日"], "iso", None),
        (["31/12/2025", "03/04/2025"], "dmy", None),
        (["03/04/2025", "12.31.2025"], "mdy", None),
        (["05/05/2025"], "dmy", None),
        (["2025-01-02", "05/05/2025", "06/06/2025"], "dmy", None),
        (["03/04/2025", "05/05/2025"], "auto", "dates_ambiguous"),
        (["31/12/2025", "12/31/2025"], "auto", "dates_mixed"),
    ],
)
def test_date_order_by_the_whole_column(cells, order, question):
    found = survey(book(*cells))[2]
    assert found.layout.date_order == order
    assert [code for code, _details in found.questions] == [question] * bool(question)


@pytest.mark.parametrize(
    "cells,chosen,code",
    [
        (["03/04/2025", "12/31/2025"], "dmy", "dates_contradicted"),
        (["03/04/2025", "31/12/2025"], "mdy", "dates_contradicted"),
        (["03/04/2025"], "iso", "dates_contradicted"),
        (["05/05/2025"], "iso", "dates_contradicted"),
        (["31/12/2025", "12/31/2025"], "dmy", "dates_mixed"),
    ],
)
def test_wrong_order_keeps_no_line(cells, chosen, code):
    assert ask(book(*cells), date_order=chosen)[0][0] == code


@pytest.mark.parametrize(
    "cells,sign,question",
    [
        (["1.500", "12.50"], ".", None),
        (["1.500", "12,50"], ",", None),
        (["1.500,00"], ",", None),
        (["1.500.000", "1.500"], ",", None),
        (["1,500", "7"], "auto", "amounts_ambiguous"),
        (["1.500"], "auto", "amounts_ambiguous"),
        (["0.500"], ".", None),
        (["1234.500"], ".", None),
        (["7", "8"], ".", None),
        (["1.50", "1,50"], "auto", "amounts_mixed"),
    ],
)
def test_decimal_sign_by_the_whole_column(cells, sign, question):
    found = survey(book(*cells, name="amount"))[2]
    assert found.layout.decimal_sign == sign
    assert [code for code, _details in found.questions] == [question] * bool(question)


def test_question_names_the_cell_and_its_line():
    questions = ask(book("7", "1.500", name="amount"))
    assert questions == [("amounts_ambiguous", {"value": "1.500 (3)"})]


def test_answer_decides_the_ambiguous():
    for sign, amount in ((".", "1.500"), (",", "1500")):
        invoices, _refusals = read(book("1.500", name="amount"), decimal_sign=sign)
        assert invoices[0].payments[0][1] == Decimal(amount)
    for order, day in (("dmy", date(2025, 4, 3)), ("mdy", date(2025, 3, 4))):
        invoices, _refusals = read(book("03/04/2025"), date_order=order)
        assert invoices[0].payments[0][0] == day


def test_wrong_sign_keeps_no_line():
    text = book("1.500,00", "7", name="amount")
    assert ask(text, decimal_sign=".")[0][0] == "amounts_contradicted"


@pytest.mark.parametrize(
    "names,encoding,guess,is_sure",
    [
        ("上海商贸", "gb18030", "gb18030", False),
        ("李昇 上海商贸有限公司 北京", "gbk", "gb18030", False),
        ("ООО РОМАШКА", "cp1251", None, False),
        ("서울전자", "euc_kr", None, False),
        ("東京商事", "euc_jp", None, False),
        (
            "台灣積體電路製造股份有限公司 鴻海精密工業 中華電信",
            "big5",
            "big5hkscs",
            False,
        ),
        ("Общество Ромашка поставка товаров Иванов", "cp1251", "cp1251", False),
        ("Café Zürich Müller", "cp1252", "cp1252", False),
        ("Škoda Dvořák", "cp1250", None, False),
        ("Café Zürich", "mac_roman", None, False),
        ("Café Zürich", "utf-8", "utf-8", True),
        ("Café", "utf-16", "utf-16", True),
        ("Café", "utf-16-le", "utf-16", True),
        ("plain", "ascii", "utf-8", True),
    ],
)
def test_encodings_are_guessed(names, encoding, guess, is_sure):
    data = "\n".join(f"{name},1" for name in names.split()).encode(encoding)
    found = sheet.guess_encoding(data)
    assert guess in (None, found.encoding)
    assert is_sure == found.is_sure


def test_unknown_encoding_is_told():
    with pytest.raises(sheet.FileError) as caught:
        sheet.guess_encoding(b"\x81\x20\x83\x20\x90\x20\x98\x20\xff\x20\n")
    assert caught.value.code == "encoding_unknown"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"]
)
def test_chinese_encodings_are_found(encoding):
    text = f"{HEADER}\n{GOOD.replace('C1', '上海商贸')}\n"
    rows, _refusals = read(text, encoding=encoding)
    assert rows[0].customer_ref == "上海商贸"


def test_western_encoding_is_found():
    rows, _refusals = read(
        f"{HEADER}\n{GOOD.replace('C1', 'Café Zürich')}\n", encoding="cp1252"
    )
    assert rows[0].customer_ref == "Café Zürich"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_are_found(separator):
    text = f"{HEADER}\n{GOOD}\n".replace(",", separator)
    assert len(read(text)[0]) == 1


def test_separator_is_named_in_the_first_line():
    rows, _refusals = read(f"sep=;\r\n{HEADER}\n{GOOD}\n".replace(",", ";"))
    assert rows[0].records[0].number == 3


def test_columns_in_any_order_and_case_with_others_between():
    names = ["Note", *reversed(HEADER.upper().split(","))]
    cells = ["x", *reversed(GOOD.split(","))]
    rows, _refusals = read(f"{','.join(names)}\n{','.join(cells)}\n")
    assert rows[0].invoice_ref == "I1"


@pytest.mark.parametrize(
    "data,code",
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"%PDF-1.7 rest", "pdf"),
        (HEADER.encode() + b'\n"' + b"x" * 200_000 + b'"\n', "unreadable"),
    ],
)
def test_refuses_the_file(data, code):
    with pytest.raises(sheet.FileError) as caught:
        table = sheet.Table(data)
        list(table)
    assert caught.value.code == code


def test_missing_columns_are_named():
    header = HEADER.replace("due_date,", "").split(",")
    assert history.find_missing(history.match_columns(header)) == ["due_date"]


def test_wrong_encoding_is_said():
    with pytest.raises(sheet.FileError) as caught:
        sheet.Table("é".encode("cp1252"), "utf-8")
    assert caught.value.code == "encoding"


def test_chinese_columns_are_known():
    header = "客户,发票号,开票日期,到期日,回款日期,金额,币种"
    rows, _refusals = read(f"{header}\n{GOOD}\n")
    assert rows[0].payments[0][1] == Decimal("100.50")


def test_own_columns_are_mapped():
    header = HEADER.replace("amount", "Betrag").replace("due_date", "amount")
    own = {"betrag": "amount", "amount": "due_date"}
    rows, _refusals = read(f"{header}\n{GOOD}\n", own=own)
    assert rows[0].due_date == date(2026, 2, 4)


def test_old_workbook():
    """A cell of an error or a tick in an .xls file is no number."""
    out = xlwt.Workbook()
    page = out.add_sheet("Book")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for column, name in enumerate(("paid_date", "amount", "tick")):
        page.write(0, column, name)
    page.write(1, 0, date(2025, 3, 4), day)
    page.row(1).set_cell_error(1, 0x2A)
    page.row(1).set_cell_boolean(2, True)
    data = io.BytesIO()
    out.save(data)
    assert sheet.is_workbook(data.getvalue())
    text = sheet.read_workbook(data.getvalue()).decode()
    assert text.splitlines() == ["paid_date,amount,tick", "2025-03-04,#N/A,True"]


def test_workbook_that_understates_its_size():
    """A file that says it holds one cell is read whole."""
    out = openpyxl.Workbook()
    out.active.append(["paid_date", "amount"])
    data = io.BytesIO()
    out.save(data)
    small = io.BytesIO()
    with ZipFile(data) as source, ZipFile(small, "w") as target:
        for name in source.namelist():
            text = source.read(name).replace(b'ref="A1:B1"', b'ref="A1"')
            target.writestr(name, text)
    assert sheet.read_workbook(small.getvalue()).decode() == "paid_date,amount\r\n"


def test_workbook():
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    days = [datetime(2026, 1, 5), date(2026, 2, 4), None]
    book.active.append(["客户", 17, *days, 1.125, "KWD"])
    data = io.BytesIO()
    book.save(data)
    assert sheet.is_workbook(data.getvalue())
    text = sheet.read_workbook(data.getvalue()).decode()
    rows, refusals = read(text)
    assert not refusals
    row = rows[0]
    assert (row.customer_ref, row.invoice_ref) == ("客户", "17")
    assert row.due_date == date(2026, 2, 4)
    assert row.payments == ((None, Decimal("1.125")),)


def test_refused_lines_can_be_corrected_and_loaded_again():
    bad = GOOD.replace("2026-02-10", "2025-02-10")
    data = f"{HEADER}\n{bad}\n"
    for _round in range(2):
        table, positions, found = survey(data)
        _rows, refusals = history.read_invoices(
            table, positions, 0, 9, found.layout, TODAY
        )
        refused = [(refusal.record, "too early, it seems") for refusal in refusals]
        data = history.write_refusals(table, refused, with_header=True)
    assert data == (f'{HEADER},reason\r\n{bad},"too early, it seems"\r\n')
    rows, _refusals = read(data.replace("2025-02-10", "2026-02-10"))
    assert len(rows) == 1


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@x"])
def test_formulas_are_quoted_on_the_way_back(cell):
    bad = GOOD.replace("C1", cell).replace("2026-02-10", "2025-02-10")
    table, positions, found = survey(f"{HEADER}\n{bad}\n")
    _rows, refusals = history.read_invoices(table, positions, 0, 1, found.layout, TODAY)
    data = history.write_refusals(table, [(refusals[0].record, "early")], True)
    assert data.splitlines()[1].startswith(f"'{cell},")
    rows, _refusals = read(data.replace("2025-02-10", "2026-02-10"))
    assert rows[0].customer_ref == cell
