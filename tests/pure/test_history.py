"""What a file of trade history alone can tell."""

from datetime import date

import pytest

from odoo.addons.sale_collection.tools import history

HEADER = "customer_ref,invoice_ref,invoice_date,due_date,paid_date,amount,currency"
TODAY = date(2026, 6, 30)
GOOD = "C1,I1,2026-01-05,2026-02-04,2026-02-10,100.50,usd"


def read(text, today=TODAY, encoding="utf-8", **layout):
    layout = history.Format(**layout)
    table = history.read_table(text.encode(encoding), layout)
    return history.read_rows(table, 0, len(table.records), layout, today)


def refuse(line, **layout):
    """Return the code and details of the only line of a file."""
    rows, refusals = read(f"{HEADER}\n{line}\n", **layout)
    assert not rows
    return refusals[0].code, refusals[0].details


def test_reads_a_row():
    rows, refusals = read(f"{HEADER}\n{GOOD}\n")
    assert not refusals
    row = rows[0]
    assert (row.customer_ref, row.invoice_ref, row.currency) == ("C1", "I1", "USD")
    assert (row.invoice_date, row.paid_date) == (date(2026, 1, 5), date(2026, 2, 10))
    assert str(row.amount) == "100.50"
    assert row.record.number == 2


def test_unpaid_row_has_no_paid_date():
    rows, _refusals = read(f"{HEADER}\nC1,I1,2026-01-05,2026-02-04,,100,USD\n")
    assert rows[0].paid_date is None


@pytest.mark.parametrize(
    "line,code,details",
    [
        (",I1,2026-01-05,2026-02-04,,1,USD", "missing_value", "customer_ref"),
        ("C1,,2026-01-05,2026-02-04,,1,USD", "missing_value", "invoice_ref"),
        ("C1,I1,2026-01-05,2026-02-04", "missing_value", "amount"),
        ("C1,I1,2026-01-05,2026-02-30,,1,USD", "unreadable_date", "due_date"),
        ("C1,I1,soon,2026-02-04,,1,USD", "unreadable_date", "invoice_date"),
        ("C1,I1,05/01/2026,2026-02-04,,1,USD", "unreadable_date", "invoice_date"),
        ("C1,I1,2026-01-05,2026-02-04,26-1-1,1,USD", "unreadable_date", "paid_date"),
        ("C1,I1,2026-01-05,2026-02-04,,ten,USD", "bad_amount", "ten"),
        ('C1,I1,2026-01-05,2026-02-04,,"12,5",USD', "bad_amount", "12,5"),
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


def test_repeated_reference_names_the_first_line():
    rows, refusals = read(f"{HEADER}\n{GOOD}\n\n{GOOD}\n")
    assert len(rows) == 1
    assert (refusals[0].code, refusals[0].details) == ("duplicate", {"line": "2"})


def test_steps_give_what_the_whole_gives():
    text = HEADER + "".join(
        f"\nC1,I{number % 7},2026-01-05,2026-02-04,,1,USD" for number in range(10)
    )
    layout = history.Format()
    table = history.read_table(text.encode(), layout)
    whole = history.read_rows(table, 0, 10, layout, TODAY)
    steps = [history.read_rows(table, i, i + 4, layout, TODAY) for i in (0, 4, 8)]
    assert [row for step in steps for row in step[0]] == whole[0]
    assert [row for step in steps for row in step[1]] == whole[1]
    assert len(whole[1]) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
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


@pytest.mark.parametrize(
    "order,cell", [("iso", "2026-02-03"), ("dmy", "03/02/2026"), ("mdy", "02/03/2026")]
)
def test_date_orders(order, cell):
    rows, _refusals = read(f"{HEADER}\nC1,I1,{cell},{cell},,1,USD\n", date_order=order)
    assert rows[0].due_date == date(2026, 2, 3)


def test_decimal_comma():
    text = f"{HEADER}\nC1,I1,2026-01-05,2026-02-04,,1.250,75,USD\n".replace(",", ";")
    rows, _refusals = read(text.replace("250;75", "250,75"), decimal_sign=",")
    assert str(rows[0].amount) == "1250.75"


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
        (b"customer_ref,amount\n1,2\n", "missing_columns"),
        (HEADER.encode() + b'\n"' + b"x" * 200_000 + b'"\n', "unreadable"),
    ],
)
def test_refuses_the_file(data, code):
    with pytest.raises(history.FileError) as caught:
        history.read_table(data, history.Format())
    assert caught.value.code == code


def test_missing_columns_are_named():
    with pytest.raises(history.FileError) as caught:
        history.read_table(HEADER.replace("due_date,", "").encode(), history.Format())
    assert caught.value.details == {"columns": "due_date"}


def test_wrong_encoding_is_said():
    with pytest.raises(history.FileError) as caught:
        history.decode("é".encode("cp1252"), "utf-8")
    assert caught.value.code == "encoding"


def test_refused_lines_can_be_corrected_and_loaded_again():
    bad = GOOD.replace("2026-02-10", "2025-02-10")
    data = f"{HEADER}\n{bad}\n"
    for _round in range(2):
        layout = history.Format()
        table = history.read_table(data.encode(), layout)
        _rows, refusals = history.read_rows(table, 0, 9, layout, TODAY)
        refused = [(refusal.record, "too early, it seems") for refusal in refusals]
        data = history.write_refusals(table, refused, with_header=True)
    assert data == (f'{HEADER},reason\r\n{bad},"too early, it seems"\r\n')
    rows, _refusals = read(data.replace("2025-02-10", "2026-02-10"))
    assert len(rows) == 1
