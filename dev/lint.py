"""Style and packaging checks: ruff, pylint-odoo, well-formed data, wheels."""

import ast
import os
import subprocess
import zipfile
from email import message_from_bytes
from xml.etree import ElementTree

from . import house, venv
from .base import ROOT, Stop, read, run, say, work_folder
from .server import addons

#: The longest function, in lines; longer ones hide their parts.
MAX_LINES = 60
#: Judged by room, see house.py: pylint takes the base for one room.
PYLINT_OFF = "--disable=consider-merging-classes-inherited"


def check():
    """Run every check; stop at the end when one found something."""
    failed = [
        name
        for name, checker in (
            ("ruff", _ruff),
            ("ruff format", _format),
            ("pylint-odoo", _pylint),
            ("long functions", _long_functions),
            ("rules of the house", house.check),
            ("data files", _data_files),
            ("wheels", _wheels),
        )
        if not _passes(name, checker)
    ]
    if failed:
        raise Stop(f"These checks failed, see above: {', '.join(failed)}.")
    say("All checks passed.")


def _passes(name, checker):
    say(f"* {name}")
    problems = checker()
    for problem in problems:
        say(f"  {problem}")
    return not problems


def _output(*command):
    """Return the lines a checker prints when it fails, none when it passes."""
    command = [str(part) for part in command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    text = done.stdout + done.stderr
    return text.splitlines() or ["no message"] if done.returncode else []


def lay_out():
    """Mend what ruff can mend by itself."""
    for command in (["check", "--fix", "--exit-zero", "--quiet"], ["format"]):
        run([venv.FOLDER / "bin/ruff", *command, ROOT], failure="ruff failed.")


def _ruff():
    return _output(venv.FOLDER / "bin/ruff", "check", "--output-format=concise", ".")


def _format():
    options = ["--check", "--output-format=concise", "."]
    return _output(venv.FOLDER / "bin/ruff", "format", *options)


def _pylint():
    if not addons():
        return []
    program = venv.FOLDER / "bin/pylint"
    return _output(program, "--rcfile=.pylintrc", PYLINT_OFF, "--jobs=2", *addons())


def tracked(*patterns):
    """Return the project's files that match one of the git patterns."""
    command = ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "--"]
    text = read(
        [*command, *patterns],
        failure="git does not list the project's files: run this in a git checkout.",
    )
    found = [ROOT / line for line in text.splitlines()]
    return [path for path in found if path.exists()]


def long_functions(text, limit=MAX_LINES):
    """Return (name, line, lines) of the functions longer than ``limit`` lines.

    >>> long_functions("def f():\\n    pass\\n", limit=1)
    [('f', 1, 2)]
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    sized = [(n.name, n.lineno, n.end_lineno - n.lineno + 1) for n in nodes]
    return [row for row in sized if row[2] > limit]


def _long_functions():
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}() has {size} lines, over {MAX_LINES}"
        for path in tracked("*.py")
        for name, line, size in long_functions(path.read_text())
    ]


def _data_files():
    """Check that XML parses and that every data file is one a manifest names."""
    problems = []
    for path in tracked("*.xml"):
        try:
            ElementTree.parse(path)
        except ElementTree.ParseError as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
    for addon in addons():
        problems += _unnamed_files(ROOT / addon)
    return problems


def _unnamed_files(addon):
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    named = {*manifest.get("data", ()), *manifest.get("demo", ())}
    patterns = [
        f"{addon.name}/{folder}/*.{end}"
        for folder in ("views", "data", "security", "wizard", "report", "demo")
        for end in ("xml", "csv")
    ]
    present = {str(path.relative_to(addon)) for path in tracked(*patterns)}
    missing = {path for path in named if not (addon / path).exists()}
    return [
        *(f"{addon.name}: {path} is not named" for path in sorted(present - named)),
        *(f"{addon.name}: {path} is missing" for path in sorted(missing)),
    ]


def _wheels():
    """Build the wheel of every addon; each must say what it is for."""
    for addon in addons():
        for name in ("README.rst", "pyproject.toml", "static/description/icon.png"):
            if not (ROOT / addon / name).exists():
                return [f"{addon} has no {name}"]
    return [
        f"{path.name} carries no description"
        for path in build_wheels()
        if not _description(path)
    ]


def build_wheels():
    """Build the wheels of all addons the OCA way; return their paths."""
    target = work_folder("dist")
    env = os.environ | {"WHOOL_POST_VERSION_STRATEGY_OVERRIDE": "none"}
    for old in target.glob("*.whl"):
        old.unlink()
    for addon in addons():
        run(
            [venv.PYTHON, "-m", "build", "-w", "-n", "-o", target, addon],
            failure=f"The wheel of {addon} does not build: see the lines above.",
            cwd=ROOT,
            env=env,
            log=f"wheel-{addon}.log",
        )
    return sorted(target.glob("*.whl"))


def _description(path):
    """Return the text the metadata of a wheel ends with."""
    with zipfile.ZipFile(path) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith("/METADATA")]
        return message_from_bytes(wheel.read(name)).get_payload().strip()
