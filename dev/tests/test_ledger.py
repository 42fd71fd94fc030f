"""The ledger of the demo: files read with reasons, the made-up book, rates, dates."""

from datetime import date

import pytest

from dev import demo, ledger, rates
from dev.base import Stop
from dev.locales import LOCALES, find_locale

HEAD = ",".join(ledger.COLUMNS)


def write(tmp_path, *lines):
    """Return the path of a ledger with these lines below its header."""
    path = tmp_path / "book.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def test_good_rows_are_kept(tmp_path):
    """Bad lines are counted by reason; the book knows its last day and currency."""
    book = ledger.read_book(
        write(
            tmp_path,
            "7,A1,2019-01-02,2019-02-01,2019-02-04,10.5,USD",
            "7,A2,2019-01-09,2019-02-08,,20,USD",
            "8,A3,2019-01-09,2019-02-08,,20,CAD",
            "8,A4,2019-01-09,2019-01-08,,20,CAD",
            "8,A5,2019-01-09,2019-02-08,,-20,CAD",
            "8,A6,soon,2019-02-08,,20,CAD",
            "8,A7,2019-01-09,2019-02-08,,nan,CAD",
            "8,A8,2019-01-09,2199-02-08,,20,CAD",
            "8,A9,2019-01-09,2019-02-08,,20,euro",
            "8,A0,2019-01-09,2019-02-08,,20,CAD,more",
        )
    )
    assert [row.invoice_ref for row in book.rows] == ["A1", "A2", "A3"]
    assert book.rejected == {
        "due before invoice": 1,
        "not positive": 1,
        "unreadable date (invoice_date)": 1,
        "bad amount (amount)": 1,
        "year (due_date)": 1,
        "currency is no code of three letters": 1,
        "too many cells": 1,
    }
    assert book.last_date == date(2019, 2, 4)
    assert book.currency == "USD"


def test_several_rows_of_an_invoice(tmp_path):
    """Lines of one invoice are added up or become payments, by customer."""
    book = ledger.read_book(
        write(
            tmp_path,
            "A,1,2025-01-02,2025-02-01,2025-03-04,40,USD",
            "A,1,2025-01-02,2025-02-01,2025-06-04,60,USD",
            "B,1,2025-01-02,2025-02-01,,20,USD",
            "B,1,2025-01-02,2025-02-01,,5,USD",
        )
    )
    assert not book.rejected
    assert [(row.customer_ref, row.paid_date, row.amount) for row in book.rows] == [
        ("A", date(2025, 3, 4), 40),
        ("A", date(2025, 6, 4), 60),
        ("B", None, 25),
    ]


def test_two_ways_to_read(tmp_path):
    """Days that could be read in two ways stop the whole, with the way out."""
    path = write(tmp_path, "A,1,03/04/2025,05/06/2025,,40,USD")
    with pytest.raises(Stop, match="two ways .* write days as 2025-12-31"):
        ledger.read_book(path)


def test_no_ledger(tmp_path):
    """A missing file, missing columns and an empty book are told as such."""
    with pytest.raises(Stop, match="cannot be read"):
        ledger.read_book(tmp_path / "none.csv")
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(Stop, match="lacks amount, currency"):
        ledger.read_book(path)
    with pytest.raises(Stop, match="no invoice"):
        ledger.read_book(write(tmp_path))


@pytest.mark.parametrize(
    ("code", "currencies"), [("en_US", {"USD", "CAD"}), ("zh_CN", {"CNY", "USD"})]
)
def test_made_up_book(code, currencies):
    """The same book each time, open and settled rows, two currencies, no future."""
    until, locale = date(2026, 11, 20), find_locale(code)
    book = ledger.make_book(until, locale)
    assert book == ledger.make_book(until, locale)
    assert {row.currency for row in book.rows} == currencies
    assert book.currency == locale.currency
    assert all(row.invoice_date <= until for row in book.rows)
    assert all(row.paid_date is None or row.paid_date <= until for row in book.rows)
    assert 0.05 < sum(not row.paid_date for row in book.rows) / len(book.rows) < 0.3
    assert len({row.invoice_ref for row in book.rows}) == len(book.rows)


@pytest.mark.parametrize("day", range(23, 30))
def test_made_up_payers_skip_weekends(day):
    """What falls due on a weekend is mostly paid late: enough of it to be learnt."""
    until = date(2026, 11, day)
    dues = [
        (row.due_date.weekday() > 4, (row.paid_date or until) > row.due_date)
        for row in ledger.make_book(until, find_locale("")).rows
        if row.due_date < until
    ]
    weekend, working = (
        [late for off, late in dues if off is wanted] for wanted in (True, False)
    )
    assert len(weekend) > 100
    assert sum(weekend) / len(weekend) > sum(working) / len(working) + 0.15


@pytest.mark.parametrize("text", ["CAD", "CAD:", "cad:0.7", "CAD:0", "CAD:-1", "CAD=1"])
def test_unreadable_rates(text):
    """A rate that is none is an error that shows how to write one."""
    with pytest.raises(Stop, match="CAD:0.76"):
        rates.parse_rates(text)


def test_unknown_rate():
    """A currency without rate is named with the option that gives one."""
    with pytest.raises(Stop, match="RATES=XAF:"):
        rates.company_rates({"XAF"}, "USD", {}, rates.read_table())


def test_given_rate_wins():
    """RATES comes before the project's table."""
    table = rates.read_table()
    assert rates.company_rates({"CAD"}, "USD", {"CAD": 0.5}, table) == {"CAD": 0.5}
    assert 0.5 < rates.company_rates({"CAD"}, "USD", {}, table)["CAD"] < 1


@pytest.mark.parametrize(
    ("name", "text"), [("TODAY", "yesterday"), ("PORT", "web"), ("PORT", "70000")]
)
def test_unreadable_options(monkeypatch, name, text):
    """An option that cannot be read is named with an example."""
    monkeypatch.setenv(name, text)
    with pytest.raises(Stop, match=f"{name}=.* write"):
        demo.Options()


def test_unknown_locale(monkeypatch):
    """A company nobody made up is named with those there are."""
    monkeypatch.setenv("LOCALE", "fr_FR")
    with pytest.raises(Stop, match="LOCALE=fr_FR.* en_US or zh_CN"):
        demo.Options()


def test_locale_of_a_ledger(monkeypatch, tmp_path):
    """A ledger is of a company of its own: the two options exclude each other."""
    book = write(tmp_path, "7,A1,2019-01-02,2019-02-01,2019-02-04,10.5,USD")
    monkeypatch.setenv("LEDGER", str(book))
    monkeypatch.setenv("LOCALE", "zh_CN")
    with pytest.raises(Stop, match="leave out LEDGER or LOCALE"):
        demo.Options()


@pytest.mark.parametrize("locale", LOCALES.values(), ids=list(LOCALES))
def test_nobody_is_called_or_written_to(locale):
    """Customers and people differ, and none of their numbers can be somebody's."""
    names = {locale.name_customer(number) for number in range(1, 100)}
    people = {locale.name_person(number) for number in range(190)}
    assert len(names) == 99
    assert len(people) == 190
    phones = {locale.find_phone(number) for number in range(300)}
    assert len(phones) == 300
    assert all("555 01" in phone for phone in phones)


def test_book_ends_close_to_today():
    """Whole weeks: the weekday stays, the last day is at most six days old."""
    last = date(2019, 7, 31)
    for day in range(1, 29):
        today = demo.last_working_day(date(2026, 11, day))
        days = demo.weeks_behind(last, today)
        assert days % 7 == 0
        assert 0 <= (today - last).days - days < 7
        assert today.weekday() < 5
