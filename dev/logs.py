"""Reads Odoo's logs: what is worse than information must be on the allow-list.

The list has one row a line, ``file | text | reason``: the core file that writes the
entry (or that the warning names), a regular expression found in the entry, and why
it is let through.
"""

import re
from typing import NamedTuple

from .base import ROOT, Stop, say

ALLOWED = ROOT / ".ci" / "log-allowed.txt"
START = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) ")
BAD = {"WARNING", "ERROR", "CRITICAL"}


class Allowed(NamedTuple):
    """One row of the allow-list."""

    file: str
    text: str
    reason: str

    def covers(self, entry):
        """Tell whether ``entry`` is what this row lets through."""
        return self.file in entry and re.search(self.text, entry) is not None


def parse_allowed(text):
    """Return the rows of the allow-list.

    >>> parse_allowed("# why\\nmail/models/x.py | is old | core's own\\n")
    [Allowed(file='mail/models/x.py', text='is old', reason="core's own")]
    """
    rows = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 3 or not all(parts):
            raise Stop(f"{ALLOWED.name}: write 'file | text | reason', not '{line}'.")
        rows.append(Allowed(*parts))
    return rows


def entries(text):
    """Return the entries of a log that are worse than information, whole.

    >>> head = "2026-01-02 03:04:05,678 9"
    >>> log = f"{head} INFO d a: x\\n{head} ERROR d b: y\\n  more\\n{head} INFO d: z\\n"
    >>> entries(log)
    ['2026-01-02 03:04:05,678 9 ERROR d b: y\\n  more']
    """
    found = []
    kept = None
    for line in text.splitlines():
        match = START.match(line)
        if match:
            kept = [line] if match["level"] in BAD else None
            if kept:
                found.append(kept)
        elif kept:
            kept.append(line)
    return ["\n".join(lines) for lines in found]


def check(paths):
    """Return the entries of the log files that the allow-list does not cover."""
    allowed = parse_allowed(ALLOWED.read_text())
    found = []
    for path in paths:
        text = path.read_text(errors="replace") if path.exists() else ""
        for entry in entries(text):
            if not any(row.covers(entry) for row in allowed):
                found.append(f"{path.name}: {entry}")
    return found


def shorten(entry, lines=6):
    """Return an entry without the middle of its traceback.

    >>> shorten("a\\nb\\nc\\nd\\n", lines=2)
    'a\\n  ...\\nd'
    """
    parts = entry.splitlines()
    if len(parts) <= lines + 1:
        return entry
    return "\n".join([parts[0], "  ...", *parts[1 - lines :]])


def stop_on_bad(paths, doing):
    """Print what is not allowed in the logs and stop when there is any."""
    found = check(paths)
    for entry in found:
        say(shorten(entry))
    if found:
        raise Stop(
            f"{len(found)} warnings or errors were logged during {doing}: mend the "
            f"cause (only core's own belong in {ALLOWED.relative_to(ROOT)})."
        )
