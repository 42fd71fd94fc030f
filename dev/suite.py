"""The whole test suite: doctests, pure tests, the addons' tests on two workers,
then the tests from outside against a running server.
"""

import doctest
import importlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from xml.etree import ElementTree

from . import browser, logs, venv
from .base import CHECKOUT, LOGS, ROOT, WORK, Stop, log_file, say, step
from .server import addons

WORKERS = 2
#: The words of pytest's closing line.
COUNTED = ("passed", "failed", "skipped", "error", "errors", "xfailed", "xpassed")


def run_suite(odoo):
    """Run everything; stop when a test failed or a warning was logged."""
    start = time.monotonic()
    browser.ready()
    totals = [_doctests(), _pytest("pure tests", _pure_folders(), odoo)]
    names = _databases(odoo)
    try:
        totals += _addon_tests(odoo, names)
        env = {"SALE_COLLECTION_TEMPLATE": names[-1]}
        totals.append(_pytest("tests from outside", ["tests"], odoo, env))
    finally:
        for name in names:
            odoo.drop(name)
    passed = _close(totals, time.monotonic() - start)
    logs.stop_on_bad(_log_files(), "the tests")
    if not passed:
        raise Stop("Tests failed: their names stand above, in the short summaries.")


def _close(totals, seconds):
    """Print the closing line; tell whether tests ran and all of them passed."""
    total = {key: sum(row.get(key, 0) for row in totals) for key in COUNTED}
    parts = [f"{count} {key}" for key, count in total.items() if count]
    say(f"==== {', '.join(parts) or 'no tests ran'} in {seconds:.0f} s ====")
    return total["passed"] and not any(row.get("exit") for row in totals)


def summary(text):
    """Return the counts of pytest's closing line.

    >>> summary("x\\n=== 2 failed, 11 passed, 1 skipped in 3.2s ===\\n")
    {'failed': 2, 'passed': 11, 'skipped': 1}
    """
    found = re.findall(r"^=*\s?((?:\d+ \w+,? ?)+)in [\d.]+s", text, re.MULTILINE)
    pairs = re.findall(r"(\d+) (\w+)", found[-1]) if found else []
    return {word: int(count) for count, word in pairs if word in COUNTED}


def _doctests():
    """Run the doctests of what imports no Odoo: the tool chain and the formulas."""
    say("* doctests")
    modules = [f"dev.{path.stem}" for path in sorted((ROOT / "dev").glob("[a-z]*.py"))]
    for addon in addons():
        # Imported as a package of its own: the addon around it needs Odoo.
        tools = ROOT / addon / "tools"
        if tools.is_dir():
            sys.path.insert(0, str(ROOT / addon))
            files = sorted(tools.glob("[a-z]*.py"))
            modules += [f"tools.{path.stem}" for path in files]
    results = [doctest.testmod(importlib.import_module(name)) for name in modules]
    failed = sum(result.failed for result in results)
    passed = sum(result.attempted for result in results) - failed
    say(f"  {passed} examples passed, {failed} failed")
    return {"passed": passed, "failed": failed, "exit": failed}


def _pure_folders():
    folders = [ROOT / "dev/tests", ROOT / "tests/pure"]
    return [str(path.relative_to(ROOT)) for path in folders if path.is_dir()]


def _pytest(title, paths, odoo, env=None):
    """Run pytest without Odoo's plugin; return its counts and exit code."""
    if not paths:
        return {}
    say(f"* {title}")
    ignored = [] if "tests/pure" in paths else ["--ignore=tests/pure"]
    command = [venv.PYTHON, "-m", "pytest", "-p", "no:odoo", *ignored, *paths]
    outside = os.environ | odoo.settings | (env or {})
    return _Worker(command, outside).wait()


def _databases(odoo):
    """Return the names of fresh databases with the addons, one for each worker."""
    names = [f"test-{CHECKOUT}-{number}" for number in range(1, WORKERS + 1)]
    for path in _log_files():
        path.unlink()
    odoo.copy(odoo.base_template(), names[0])
    with step(f"installing {', '.join(addons())}"):
        odoo.install(names[0], addons(), log="test-install.log")
    logs.stop_on_bad([log_file("test-install.log")], "the installation")
    for name in names[1:]:
        odoo.copy(names[0], name)
    return [*names, _spare(odoo, names[0])]


def _spare(odoo, name):
    """Return a copy that no worker changes, for the tests from outside."""
    spare = f"{name[:-1]}template"
    odoo.copy(name, spare)
    return spare


def _log_files():
    return sorted(LOGS.glob("test-*.log"))


def _addon_tests(odoo, names):
    """Run the addons' own tests, their files shared out to the workers."""
    say(f"* tests of {', '.join(addons())} on {WORKERS} workers")
    seconds = _known_seconds()
    weights = {
        str(path.relative_to(ROOT)): _weight(path, seconds)
        for addon in addons()
        for path in ROOT.glob(f"{addon}/tests/**/test_*.py")
    }
    shares = balance(weights, WORKERS)
    env = odoo.environment()
    workers = [
        _Worker(_odoo_command(name, number, share), env, f"[{number}]")
        for number, (name, share) in enumerate(zip(names, shares, strict=False), 1)
        if share
    ]
    totals = [worker.wait() for worker in workers]
    _remember_seconds()
    return totals


def _odoo_command(name, number, files):
    report = log_file(f"test-worker-{number}.xml")
    log = log_file(f"test-worker-{number}.log")
    return [
        *(venv.PYTHON, "-m", "pytest", f"--odoo-database={name}", "--odoo-http"),
        *("--odoo-log-level=warn", f"--odoo-extra=logfile={log}"),
        *(f"--junitxml={report}", *files),
    ]


def balance(weights, count):
    """Share names out to ``count`` lists of about the same weight, heaviest first.

    >>> balance({"a": 5, "b": 3, "c": 3, "d": 1}, 2)
    [['a', 'd'], ['b', 'c']]
    """
    shares = [[] for _number in range(count)]
    loads = [0] * count
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        lightest = loads.index(min(loads))
        shares[lightest].append(name)
        loads[lightest] += weights[name]
    return shares


def _weight(path, seconds):
    """Return the seconds a file took last time; else a guess from its text."""
    if path.stem in seconds:
        return seconds[path.stem]
    text = path.read_text()
    slow = 90 * ("import hypothesis" in text or "from hypothesis" in text)
    return len(text) / 500 + slow + 20 * ("HttpCase" in text)


def _known_seconds():
    path = WORK / "test-seconds.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _remember_seconds():
    """Keep the seconds of each test file for the next run's shares."""
    seconds = _known_seconds()
    for report in LOGS.glob("test-worker-*.xml"):
        found = {}
        for case in ElementTree.parse(report).iter("testcase"):
            parts = case.get("classname").split(".")
            stem = next((part for part in parts if part.startswith("test_")), "")
            found[stem] = found.get(stem, 0) + float(case.get("time") or 0)
        seconds |= found
        report.unlink()
    (WORK / "test-seconds.json").write_text(json.dumps(seconds, indent=1))


class _Worker:
    """A pytest process whose lines are passed on, each with the worker's name."""

    def __init__(self, command, env, name=""):
        self.name = name
        self.lines = []
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=env | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._pass_on, daemon=True)
        self.reader.start()

    def _pass_on(self):
        for line in self.process.stdout:
            self.lines.append(line)
            say(f"{self.name} {line}".strip())

    def wait(self):
        """Wait for the end; return the counts and the exit code."""
        code = self.process.wait()
        self.reader.join()
        return summary("".join(self.lines)) | {"exit": code}
