"""A zip written as a stream: what is in it, and what could not be read."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from datetime import datetime

import pytest

from odoo.addons.sale_collection.tools.evidence import Part, write_table
from odoo.addons.sale_collection_legal.tools.evidence import Archive, safe_name

HEADS = ("File", "Size", "SHA-256", "Problem")
MOMENT = datetime(2026, 2, 10, 8, 30, 12)


def give(*chunks):
    return lambda: iter(chunks)


def fail(*chunks, error=None):
    def read():
        yield from chunks
        raise error or ValueError("gone")

    return read


def read(parts, **options):
    """Return the zip of parts and its list of contents, without the heads."""
    data = b"".join(Archive(MOMENT, **options).stream(parts, HEADS))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    text = archive.read("contents.csv").decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text))
    assert tuple(heads) == HEADS
    return archive, [tuple(row) for row in rows]


def test_contents_name_every_document_with_its_digest():
    archive, rows = read(
        [
            Part("Invoices", "INV/1.pdf", give(b"one", b"two")),
            Part("", "Ledger.csv", give(b"")),
        ]
    )
    assert archive.read("Invoices/INV_1.pdf") == b"onetwo"
    assert rows == [
        ("Invoices/INV_1.pdf", "6", hashlib.sha256(b"onetwo").hexdigest(), ""),
        ("Ledger.csv", "0", hashlib.sha256().hexdigest(), ""),
    ]
    assert archive.getinfo("Ledger.csv").date_time == (2026, 2, 10, 8, 30, 12)


def test_what_cannot_be_read_is_named_and_the_rest_goes_on():
    archive, rows = read(
        [
            Part("", "a.txt", fail()),
            Part("", "b.txt", fail(b"begun")),
            Part("", "c.txt", give(b"whole")),
            Part("", "d.txt", fail(error=KeyError())),
        ]
    )
    assert archive.namelist() == ["b.txt", "c.txt", "contents.csv"]
    begun = hashlib.sha256(b"begun").hexdigest()
    assert rows[0] == ("a.txt", "", "", "gone")
    assert rows[1] == ("b.txt", "5", begun, "gone")
    assert rows[2][3] == ""
    assert rows[3] == ("d.txt", "", "", "KeyError")


def test_names_are_safe_and_differ_on_every_system():
    archive, _rows = read(
        [
            Part("..", "../../x.pdf", give(b"1")),
            Part("A", "Straße.pdf", give(b"2")),
            Part("a", "STRASSE.pdf", give(b"3")),
            Part("", "Contents.csv", give(b"4")),
            Part("", "README", give(b"5")),
            Part("", "readme", give(b"6")),
        ]
    )
    assert archive.namelist() == [
        "_/.._.._x.pdf",
        "A/Straße.pdf",
        "a/STRASSE (2).pdf",
        "Contents (2).csv",
        "README",
        "readme (2)",
        "contents.csv",
    ]


@pytest.mark.parametrize(
    "text", ["", ".", "..", "CON", "a\0b", "x:y|z?", "客户 ", "a/"]
)
def test_safe_name_is_one_name(text):
    name = safe_name(text)
    assert name
    assert name not in (".", "..")
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name == name.strip().rstrip(".")


def test_a_guard_is_left_before_the_next_document():
    inside = []

    class Guard:
        def __enter__(self):
            assert not inside
            inside.append(self)

        def __exit__(self, *error):
            inside.pop()

    parts = [Part("", "a", fail(b"x")), Part("", "b", give(b"y"))]
    _archive, rows = read(parts, guard=Guard, describe=lambda part, _error: part.name)
    assert [row[3] for row in rows] == ["a", ""]


def test_bytes_leave_as_they_come_and_are_not_held():
    block = hashlib.shake_256(b"noise").digest(1 << 16)
    begun = []

    def open_part(number):
        def give_blocks():
            begun.append(number)
            for _ in range(16):
                yield block

        return Part("", f"{number}.bin", give_blocks)

    stream = Archive(MOMENT).stream(map(open_part, range(60)), HEADS)
    tracemalloc.start()
    size = len(next(stream))
    assert begun == [0]
    size += sum(map(len, stream))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 60 << 20
    assert peak < 4 << 20


def test_a_reader_who_leaves_ends_the_writing():
    closed = []

    def endless():
        try:
            while True:
                yield bytes(1 << 20)
        finally:
            closed.append(True)

    stream = Archive(MOMENT).stream([Part("", "a", endless)], HEADS)
    stream.send(None)
    stream.close()
    assert closed == [True]


def test_tables_leave_in_pieces():
    rows = (["x" * 100] for _ in range(10_000))
    pieces = list(write_table(rows))
    assert len(pieces) > 10
    assert b"".join(pieces).decode("utf-8-sig").count("\r\n") == 10_000
