"""Rules of the house a machine can judge: who may name whom, one class a model.

Rooms are the folders of the base's models, wizards and reports, in the order of
`ROOMS`; any other addon is one room. A room names what stands in itself, in rooms
below it and in the addons its addon depends on: models, tables, fields, imports.
"""

import ast
import re
from collections import defaultdict
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from . import source
from .base import ROOT
from .server import addons, depends

BASE = "sale_collection"
ROOMS = (
    "core",
    "ledger",
    "profile",
    "grade",
    "contact",
    "promise",
    "statement",
    "target",
    "night",
    "desk",
)
PYTHON_FOLDERS = ("models", "wizard", "report")
XML_FOLDERS = ("views", "wizard", "report", "data", "security")
#: The longest file of a model, in lines.
MAX_LINES = 550
#: Core addons whose fields our code names as well.
CORE = (
    *("base", "mail", "portal", "web", "product", "resource", "payment"),
    *("account", "sales_team", "sale", "sale_management", "stock", "sale_stock"),
)
#: Columns of core's relation tables: no fields, but our SQL names them.
RELATION_COLUMNS = {"order_line_id"}
#: What a method `_prepare_...` does not call.
WRITING = ("create", "write", "unlink")
CORE_NAME = re.compile(r"^    (?:(\w+) = fields\.|def (\w+)\()", re.MULTILINE)


class Place(NamedTuple):
    """Where a file stands: its addon and, in the base, the number of its room."""

    addon: str
    room: int = 0

    def may_name(self, other):
        """Tell whether what stands here may name what stands there."""
        if self.addon == other.addon:
            return other.room <= self.room
        return other.addon in depends(self.addon)

    def __str__(self):
        return f"{BASE}/{ROOMS[self.room]}" if self.addon == BASE else self.addon


def place_of(path):
    """Return the place of a file by its path from the root, None outside rooms.

    >>> str(place_of("sale_collection/models/grade/score.py"))
    'sale_collection/grade'
    >>> place_of("sale_collection/models/__init__.py")
    """
    addon, _folder, *rest = Path(path).parts
    if addon != BASE:
        return Place(addon)
    return Place(addon, ROOMS.index(rest[0])) if rest[0] in ROOMS else None


class Opening(NamedTuple):
    """A class that defines a model or opens one again."""

    model: str
    line: int
    names: tuple
    defines: bool


def openings(text):
    """Return the models a file defines or opens.

    >>> openings('class A(Model):\\n    _inherit = "a.b"\\n    c = fields.Char()')
    [Opening(model='a.b', line=1, names=('c',), defines=False)]
    """
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    return [found for node in nodes if (found := _opening(node))]


def _opening(node):
    values, names = {}, []
    for statement in node.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            name = getattr(statement.targets[0], "id", "")
            if name in ("_name", "_inherit"):
                values[name] = ast.literal_eval(statement.value)
            elif _is_field(statement.value):
                names.append(name)
        elif isinstance(statement, ast.FunctionDef):
            names.append(statement.name)
    inherit = values.get("_inherit")
    inherit = [inherit] if isinstance(inherit, str) else inherit or []
    model = values.get("_name") or (inherit[0] if inherit else "")
    defines = "_name" in values and values["_name"] not in inherit
    return model and Opening(model, node.lineno, tuple(names), defines)


def _is_field(value):
    called = getattr(value, "func", None)
    owner = getattr(getattr(called, "value", None), "id", "")
    return owner == "fields" or getattr(called, "id", "").startswith("Optional")


class House:
    """All files of the addons, and what each place brings into the world."""

    def __init__(self):
        self.files = {
            path: (ROOT / path).read_text()
            for addon in addons()
            for folder in PYTHON_FOLDERS
            for path in _paths(addon, folder, "*.py")
            if place_of(path)
        }
        self.screens = {
            path: (ROOT / path).read_text()
            for addon in addons()
            for folder in XML_FOLDERS
            for path in _paths(addon, folder, "*.xml")
            if place_of(path)
        }
        self.openings = {path: openings(text) for path, text in self.files.items()}

    @cached_property
    def homes(self):
        """Return {model: place that defines it}."""
        return {
            row.model: place_of(path)
            for path, rows in self.openings.items()
            for row in rows
            if row.defines
        }

    @cached_property
    def names(self):
        """Return {field or method only we have: places that define it}."""
        found = defaultdict(set)
        for path, rows in self.openings.items():
            for name in chain.from_iterable(row.names for row in rows):
                found[name].add(place_of(path))
        # One word says nothing: it is a word of Python and English as well.
        core = _core_names() | RELATION_COLUMNS
        return {
            name: places
            for name, places in found.items()
            if "_" in name[1:] and name not in core
        }

    def problems(self):
        """Return everything that breaks a rule, as lines."""
        return sorted({*self._opened_twice(), *self._upward(), *self._habits()})

    def _opened_twice(self):
        found = defaultdict(list)
        for path, rows in self.openings.items():
            for row in rows:
                found[place_of(path), row.model].append(f"{path}:{row.line}")
        for (place, model), lines in found.items():
            if len(lines) > 1:
                yield f"{place}: {model} is opened {len(lines)} times: {lines}"

    def _upward(self):
        for path, text in self.files.items():
            # what a query names itself is its own
            own = set(re.findall(r"\bAS (\w+)", text))
            for line, word in words(text):
                if word not in own:
                    yield from self._check_word(path, line, word)
            yield from self._check_imports(path, text)
        for path, text in self.screens.items():
            for word in screen_words(text):
                yield from self._check_word(path, 0, word)

    def _check_word(self, path, line, word):
        place = place_of(path)
        homes = self.names.get(word) or {
            self.homes.get(word) or self.homes.get(word.replace("_", "."))
        }
        if None not in homes and not any(map(place.may_name, homes)):
            others = ", ".join(sorted(map(str, homes)))
            yield f"{path}:{line}: {place} names {word} of {others}"

    def _check_imports(self, path, text):
        place = place_of(path)
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ImportFrom):
                continue
            other = _imported(path, node)
            if other and not place.may_name(other):
                yield f"{path}:{node.lineno}: {place} imports from {other}"

    def _habits(self):
        for path, text in self.files.items():
            if text.count("\n") > MAX_LINES:
                yield f"{path}: over {MAX_LINES} lines"
            if "ir_cron_progress_id" in text:
                yield f"{path}: a context key must not commit"
            yield from (f"{path}:{line}: {why}" for line, why in writing_values(text))
        for path, text in self.screens.items():
            for name in re.findall(r'\bid="((?:action|menu)_\w+)"', text):
                yield f"{path}: {name}: write <model>_action or <model>_menu"


def words(text):
    """Return (line, word) of what code may name models, tables and fields by.

    >>> words("x.kind = env['sale.order'].c")
    [(1, 'kind'), (1, 'sale.order'), (1, 'c')]
    """
    tree = ast.parse(text)
    silent = {id(node) for node in _docstrings(tree)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.append((node.end_lineno, node.end_col_offset, node.attr))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in silent:
                found += [
                    (node.lineno, node.col_offset, word)
                    for word in _string_words(node.value)
                ]
    return [(line, word) for line, _column, word in sorted(set(found))]


def _docstrings(tree):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False):
            yield node.body[0].value


def _string_words(text):
    """Return a whole string that is a name, and the tables and columns of SQL."""
    if re.fullmatch(r"[\w.]+", text):
        return {text, *text.split(".")} if not text.startswith("sale.") else {text}
    if not re.search(r"\b(SELECT|FROM|JOIN|WHERE|UPDATE|INSERT|EXISTS)\b", text):
        return set(re.findall(r"sale\.collection[\w.]*", text))
    return set(re.findall(r"\bsale_collection_\w+", text)) | set(
        re.findall(r"\.(\w+)", text)
    )


def screen_words(text):
    """Return the fields and models a data file or view names."""
    found = set()
    for node in ElementTree.fromstring(text.encode()).iter():
        if node.tag == "field" and "ref" not in node.attrib:
            found.add(node.get("name", ""))
        found.update(re.findall(r"model_(sale_collection_\w+)", node.get("ref", "")))
        found.add(node.get("model", ""))
    return found


def writing_values(text):
    """Return (line, why) of methods `_prepare_...` that write.

    >>> writing_values("def _prepare_x(self):\\n    self.write({})")
    [(1, '_prepare_x() writes: it should return values only')]
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_prepare_"):
            calls = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
            if any(_writes(call) for call in calls):
                why = f"{node.name}() writes: it should return values only"
                found.append((node.lineno, why))
    return found


def _writes(call):
    owner = getattr(getattr(call, "value", None), "id", "")
    return getattr(call, "attr", "") in WRITING and owner != "Command"


def _imported(path, node):
    """Return the place an import statement reaches into."""
    if node.level:
        folder = Path(path).parents[node.level - 1]
        target = folder.joinpath(*(node.module or "").split("."))
    elif (node.module or "").startswith("odoo.addons.sale_collection"):
        target = Path(*node.module.split(".")[2:])
    else:
        return None
    parts = target.parts
    if parts[0] != BASE:
        return Place(parts[0]) if parts[0] in addons() else None
    room = parts[2] if len(parts) > 2 else ""
    return Place(BASE, ROOMS.index(room)) if room in ROOMS else None


def _paths(addon, folder, pattern):
    found = (ROOT / addon / folder).rglob(pattern)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def _core_names():
    """Return the fields and methods of the core addons we stand on, and of models."""
    odoo = source.find()
    models = odoo / "odoo/orm/models.py"
    names = set(chain(*CORE_NAME.findall(models.read_text())))
    for folder in (odoo / "addons", odoo / "odoo/addons"):
        for addon in CORE:
            for path in (folder / addon).rglob("*.py"):
                names.update(*CORE_NAME.findall(path.read_text()))
    return names


def check():
    """Return what breaks a rule of the house, as lines."""
    return House().problems()
