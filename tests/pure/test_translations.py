"""The translation files are complete and keep what the program fills in."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
# What Odoo puts values into: %(name)s, %s, and the tags of rich texts.
FILLED = re.compile(r"%\(\w+\)[sd]|%%|%s|<[^>]+>")
FILES = sorted(ROOT.glob("*/i18n/*.po"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_translated(path):
    """Each text of the template stands in each language."""
    template = polib.pofile(str(path.with_name(f"{path.parents[1].name}.pot")))
    language = polib.pofile(str(path))
    translated = {entry.msgid for entry in language if entry.msgstr}
    assert {entry.msgid for entry in template} - translated == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_placeholders_are_kept(path):
    """A translation fills in the same values and keeps the same tags."""
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(path))
        if sorted(FILLED.findall(entry.msgid)) != sorted(FILLED.findall(entry.msgstr))
    ]
    assert wrong == []
