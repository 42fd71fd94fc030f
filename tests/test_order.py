"""Nothing depends on the order in which the files of the models are imported."""

import ast
import os
import random
import shutil
from pathlib import Path

import pytest

from dev.server import addons

from .conftest import ROOT
from .test_alone import run_tests

SEED = 10
FOLDERS = ("models", "wizard", "report")
#: Tests of what several rooms and addons add to: touched customers, orders, the night.
TESTS = (
    "sale_collection/tests/profile/test_profile.py",
    "sale_collection_hold/tests/test_hold_confirm.py",
)
WANTED = "touched or projection_equals or money_makes_it_ready or night_both_ways"
WANTED += " or refused_order or release_of_a_part or bad_decisions"


@pytest.fixture
def shuffled(odoo, tmp_path, monkeypatch):
    """Yield a tool on a copy of the addons whose models are imported in random order.

    Also the name of a database of its own.
    """
    name = f"test-order-{os.getpid()}"
    template = os.environ.get("SALE_COLLECTION_TEMPLATE")
    if template:
        odoo.copy(template, name)
    else:
        odoo.fresh(name)
    chance = random.Random(SEED)
    for addon in addons():
        shutil.copytree(ROOT / addon, tmp_path / addon)
        for folder in FOLDERS:
            if (tmp_path / addon / folder).is_dir():
                shuffle(tmp_path / addon / folder, chance)
    text = odoo.config.read_text()
    moved = tmp_path / "odoo.conf"
    moved.write_text(text.replace(f"= {ROOT},", f"= {tmp_path},"))
    # The tool is that of all tests, which go on with this checkout afterwards.
    monkeypatch.setattr(odoo, "config", moved)
    yield tmp_path, name
    odoo.drop(name)


def shuffle(folder, chance):
    """Import the files of a folder in random order, each model before its openings."""
    files = {
        path.relative_to(folder).with_suffix("").as_posix().replace("/", "."): path
        for path in sorted(folder.rglob("*.py"))
        if path.name != "__init__.py"
    }
    for package in folder.rglob("__init__.py"):
        package.write_text("")
    lines = [
        "from .{} import {}\n".format(*split(name)) for name in in_order(files, chance)
    ]
    (folder / "__init__.py").write_text("".join(lines))


def split(name):
    """Return package and module of a dotted name."""
    package, _dot, module = name.rpartition(".")
    return package, module


def in_order(files, chance):
    """Return names of files in random order, each behind those it stands on."""
    trees = {name: ast.parse(path.read_text()) for name, path in files.items()}
    home = {}
    for name, tree in trees.items():
        for model, _parents, defines in openings(tree):
            if defines:
                home[model] = name
    waiting = {
        name: {home[model] for model in needed_models(tree) if model in home}
        | needed_files(name, tree, files)
        for name, tree in trees.items()
    }
    ordered = []
    while waiting:
        free = sorted(n for n, needs in waiting.items() if needs <= {n, *ordered})
        name = chance.choice(free)
        ordered.append(name)
        del waiting[name]
    return ordered


def openings(tree):
    """Yield (model, models it is built from, whether it is new) of each class."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        values = {
            target.id: ast.literal_eval(statement.value)
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if getattr(target, "id", "") in ("_name", "_inherit")
        }
        parents = values.get("_inherit", [])
        parents = [parents] if isinstance(parents, str) else parents
        model = values.get("_name") or (parents[0] if parents else None)
        if model:
            yield model, parents, model not in parents


def needed_models(tree):
    return {parent for _model, parents, _new in openings(tree) for parent in parents}


def needed_files(name, tree, files):
    """Return the files of the folder that a file imports."""
    package = name.split(".")[:-1]
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            start = package[: len(package) - node.level + 1]
            parts = [*start, *(node.module or "").split(".")]
            dotted = ".".join(filter(None, parts))
            names = {dotted, *(f"{dotted}.{a.name}".strip(".") for a in node.names)}
            found |= names & files.keys()
    return found


def test_any_order_of_imports(odoo, shuffled):
    """Customers are judged and orders held the same, however files are ordered."""
    folder, name = shuffled
    imports = Path("sale_collection/models/__init__.py")
    assert (folder / imports).read_text() != (ROOT / imports).read_text()
    run_tests(odoo, name, *TESTS, "-k", WANTED, root=folder)
