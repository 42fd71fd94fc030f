"""Brings the translation files in line with the texts of the addons.

``python -m dev.inside.translations POT ...``: templates Odoo exported, each named after
its addon. Texts that are gone leave the .po files; new ones come in untranslated, but
for those that another addon has translated: a text that moves keeps its translation.
"""

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).parents[2]
#: Every addon speaks these besides English.
LANGUAGES = ("zh_CN", "zh_TW")


def template(path):
    """Return an exported template without what changes from run to run."""
    entries = polib.pofile(str(path))
    for key in ("POT-Creation-Date", "PO-Revision-Date"):
        entries.metadata.pop(key, None)
    return entries


def begin(path, pot):
    """Write the file of a language that has none yet."""
    if not path.exists():
        language = polib.POFile()
        # Chinese words have no plural.
        plural = "nplurals=1; plural=0;"
        known = {"Language": path.stem, "Plural-Forms": plural}
        language.metadata = pot.metadata | known
        language.save(str(path))


def known_texts():
    """Return {language: {text: translation}} of all addons as they are."""
    known = {language: {} for language in LANGUAGES}
    for path in ROOT.glob("*/i18n/*.po"):
        entries = polib.pofile(str(path)).translated_entries()
        known[path.stem].update((entry.msgid, entry.msgstr) for entry in entries)
    return known


def merge(addon, exported, known):
    """Write the template and merge it into each language; return what is missing.

    :return: {language: number of texts without translation}
    """
    folder = ROOT / addon / "i18n"
    folder.mkdir(exist_ok=True)
    pot = template(exported)
    pot.save(str(folder / f"{addon}.pot"))
    missing = {}
    for language in LANGUAGES:
        begin(folder / f"{language}.po", pot)
    for path in sorted(folder.glob("*.po")):
        language = polib.pofile(str(path))
        language.merge(pot)
        for gone in language.obsolete_entries():
            language.remove(gone)
        for entry in language.fuzzy_entries():
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
        for entry in language.untranslated_entries():
            entry.msgstr = known[path.stem].get(entry.msgid, "")
        language.save()
        missing[path.stem] = len(language.untranslated_entries())
    return missing


def merge_all(templates):
    """Merge exported templates into the files of their addons; say what is missing."""
    known = known_texts()
    for exported in map(Path, templates):
        for name, count in merge(exported.stem, exported, known).items():
            print(f"  {exported.stem} {name}: {count} texts to translate")


if __name__ == "__main__":
    merge_all(sys.argv[1:])
