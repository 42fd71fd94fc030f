"""The allow-list covers an entry only with its file and its text."""

import pytest

from dev import logs
from dev.base import Stop
from dev.suite import balance, summary

HEAD = "2026-01-02 03:04:05,678 9"


def test_project_list_is_readable():
    """The list of the project itself parses."""
    assert logs.parse_allowed(logs.ALLOWED.read_text())


def test_row_without_reason():
    """A row must say why."""
    with pytest.raises(Stop, match="file . text . reason"):
        logs.parse_allowed("a.py | text\n")


def test_only_the_named_entry_passes(tmp_path, monkeypatch):
    """Another text of the same file, or the same text of another file, is bad."""
    allowed = tmp_path / "allowed.txt"
    allowed.write_text("mail/x.py | is old | core's own\n")
    monkeypatch.setattr(logs, "ALLOWED", allowed)
    log = tmp_path / "test.log"
    log.write_text(
        f"{HEAD} WARNING d py.warnings: mail/x.py:3: f is old\n  trace\n"
        f"{HEAD} WARNING d py.warnings: mail/x.py:3: f is bad\n"
        f"{HEAD} ERROR d odoo.y: mail/y.py: f is old\n"
        f"{HEAD} INFO d odoo.y: fine\n"
    )
    found = logs.check([log, tmp_path / "missing.log"])
    assert [entry.split(": ", 2)[2] for entry in found] == [
        "mail/x.py:3: f is bad",
        "mail/y.py: f is old",
    ]


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("==== 3 passed in 0.1s ====", {"passed": 3}),
        ("= 1 failed, 2 passed, 4 warnings in 61.2s (0:01:01) =", None),
        ("==== no tests ran in 0.60s ====", {}),
    ],
)
def test_closing_lines(line, counts):
    """The counts of pytest's closing line are read; warnings are no tests."""
    expected = {"failed": 1, "passed": 2} if counts is None else counts
    assert summary(f"collected 3 items\n{line}\n") == expected


def test_shares_are_even():
    """No worker gets more than the others by more than the heaviest file."""
    weights = {f"t{number}": number % 7 + 1 for number in range(20)}
    shares = balance(weights, 2)
    loads = [sum(weights[name] for name in share) for share in shares]
    assert sorted(sum(shares, [])) == sorted(weights)
    assert abs(loads[0] - loads[1]) <= 7
