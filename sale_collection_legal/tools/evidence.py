"""Write a zip as a stream, with a list of contents: plain values, no database.

Bytes leave as they are made. Nothing that is held grows with the documents but the rows
of the list.
"""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from odoo.addons.sale_collection.tools.evidence import Part, write_table

#: Bytes that are handed on at once.
CHUNK = 1 << 16
CONTENTS = "contents.csv"
# Longest name of a file or folder, in characters: Windows takes 260 for a whole path.
_LONGEST = 100
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
# Control characters, and those that turn or hide parts of a name.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Entry(NamedTuple):
    """What the list of contents says of a document; no problem if it is whole."""

    path: str
    size: int | str
    digest: str
    problem: str


class _Pipe:
    """A file that cannot go back: what is written is taken away."""

    def __init__(self):
        self._chunks = []
        self.size = 0

    # pylint takes it for that of a record.
    # pylint: disable-next=method-required-super
    def write(self, data):
        self._chunks.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self):
        """Have nothing to do: a zip file asks for it."""

    def take(self):
        data = b"".join(self._chunks)
        self._chunks, self.size = [], 0
        return data


class Archive:
    """A zip of documents that is read while it is made."""

    def __init__(
        self,
        moment: datetime,
        guard: Callable[[], AbstractContextManager] = nullcontext,
        describe: Callable[[Part, Exception], str] = lambda _part, error: str(error),
    ):
        """Take what the zip needs besides its documents.

        :param moment: the time all files bear, at the writer's
        :param guard: what reading a document is wrapped in
        :param describe: tells why a document cannot be read
        """
        self._date_time = moment.timetuple()[:6]
        self._guard = guard
        self._describe = describe
        self._pipe = _Pipe()
        self._taken = {CONTENTS}
        self.entries = []

    def stream(self, parts: Iterable[Part], heads: Iterable[str]) -> Iterator[bytes]:
        """Give the bytes of the zip: the documents, and at the end the list of them.

        A document that cannot be read is in the list with its problem; the others go
        on. What was read of it before is in the zip.

        :param heads: of the list: file, size in bytes, SHA-256, problem
        """
        with zipfile.ZipFile(self._pipe, "w") as archive:
            for part in parts:
                yield from self._add(archive, part)
            rows = chain([heads], self.entries)
            yield from self._write(archive, CONTENTS, write_table(rows))
        yield self._pipe.take()

    def _add(self, archive, part):
        path = self._claim(part)
        digest, sizes, problem = hashlib.sha256(), [], ""
        try:
            with self._guard():
                chunks = iter(part.read())
                # A document that fails at once leaves no file behind.
                first = next(chunks, b"")
                chunks = _watch(chain([first], chunks), digest, sizes)
                yield from self._write(archive, path, chunks)
        except Exception as error:  # noqa: BLE001
            problem = self._describe(part, error) or type(error).__name__
        size, digest = (sum(sizes), digest.hexdigest()) if sizes else ("", "")
        self.entries.append(Entry(path, size, digest, problem))

    def _write(self, archive, path, chunks):
        info = zipfile.ZipInfo(path, self._date_time)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with archive.open(info, "w") as entry:
            for chunk in chunks:
                entry.write(chunk)
                if self._pipe.size >= CHUNK:
                    yield self._pipe.take()

    def _claim(self, part):
        """Return a path of its own, however a system compares names."""
        folder = f"{safe_name(part.folder)}/" if part.folder else ""
        stem, dot, ending = safe_name(part.name).rpartition(".")
        if not stem:
            stem, dot, ending = ending, "", ""
        path, number = f"{folder}{stem}{dot}{ending}", 1
        while path.casefold() in self._taken:
            number += 1
            path = f"{folder}{stem} ({number}){dot}{ending}"
        self._taken.add(path.casefold())
        return path


def _watch(chunks, digest, sizes):
    for chunk in chunks:
        digest.update(chunk)
        sizes.append(len(chunk))
        yield chunk


def safe_name(text: str) -> str:
    """Return a name every system takes for one file, never for a path.

    >>> safe_name("../../etc/passwd"), safe_name("INV/2026/0001.pdf")
    ('.._.._etc_passwd', 'INV_2026_0001.pdf')
    >>> safe_name("nul.txt"), safe_name(" .. "), safe_name("a\\u202efdp.exe")
    ('_nul.txt', '_', 'afdp.exe')
    >>> len(safe_name("x" * 300 + ".pdf")), safe_name("x" * 300 + ".pdf")[-5:]
    (100, 'x.pdf')
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(one for one in text if unicodedata.category(one) not in _UNSEEN)
    text = _FORBIDDEN.sub("_", text).strip().rstrip(". ")
    if len(text) > _LONGEST:
        stem, dot, ending = text.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        text = text[: _LONGEST - len(ending)].rstrip(". ") + ending
    return f"_{text}" if not text or _DEVICES.match(text) else text
