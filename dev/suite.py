"""The whole test suite: doctests and pure tests, then on two workers side by side
the addons' tests and the tests from outside against a running server.
"""

import doctest
import importlib
import json
import os
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from xml.etree import ElementTree

from . import browser, logs, pure, venv
from .base import CHECKOUT, LOGS, ROOT, WORK, Stop, log_file, say, step
from .server import ALONE_MODULES, addons, depends

WORKERS = 2
BASE = "sale_collection"
EVERYTHING = "everything"
#: The key of the tests that make their databases themselves.
OUTSIDE = "outside"
#: What an addon does not need and is tried with: a provider that pays at once, and
#: those that carry Alipay and WeChat Pay; rules on the plans that follow milestones;
#: the calendar in which collecting visits stand.
#: Each of them has databases of its own.
BESIDE = {
    "sale_collection_contract_project": ["sale_collection_hold_contract"],
    "sale_collection_field": ["calendar"],
    "sale_collection_portal": [
        *("payment_demo", "payment_asiapay", "payment_stripe", "payment_adyen"),
    ],
}
#: How names of test files end that need all addons, whichever they belong to.
CONSUMERS = "_consumers"
#: Seconds of tests, by the last run, from which a share is cut in two.
SHARE_SECONDS = 240
#: The words of pytest's closing line.
COUNTED = ("passed", "failed", "skipped", "error", "errors", "xfailed", "xpassed")


def run_suite(odoo):
    """Run everything; stop when a test failed or a warning was logged."""
    start = time.monotonic()
    browser.ready()
    totals = [_doctests(), _pure_tests(odoo)]
    for path in (*_log_files(), *_reports()):
        path.unlink()
    templates = _templates(odoo)
    try:
        totals += _run_shares(odoo, templates)
    finally:
        for name in templates.values():
            odoo.drop(name)
    passed = _close(totals, time.monotonic() - start)
    try:
        logs.stop_on_bad(_log_files(), "the tests")
    finally:
        # At the very end: the end is what is kept of a long output.
        for name in (name for row in totals for name in row.get("names", ())):
            say(name)
    if not passed:
        raise Stop("Tests failed: their names stand above.")


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


def failures(lines):
    """Return the lines of pytest's short summary that name what failed.

    >>> failures(["FAILED a.py::b - no\\n", "SUBFAILED(x) a.py::c\\n", "E  no\\n"])
    ['FAILED a.py::b - no', 'SUBFAILED(x) a.py::c']
    """
    return [
        line.rstrip() for line in lines if re.match(r"(SUB)?FAILED|ERROR \S+\.py", line)
    ]


def _doctests():
    """Run the doctests of what imports no Odoo: the tool chain and the formulas."""
    say("* doctests")
    modules = [f"dev.{path.stem}" for path in sorted((ROOT / "dev").glob("[a-z]*.py"))]
    pure.load()
    modules += pure.modules()
    results = [doctest.testmod(importlib.import_module(name)) for name in modules]
    failed = sum(result.failed for result in results)
    passed = sum(result.attempted for result in results) - failed
    say(f"  {passed} examples passed, {failed} failed")
    return {"passed": passed, "failed": failed, "exit": failed}


def _pure_tests(odoo):
    """Run the tests that need no Odoo; return their counts and exit code."""
    say("* pure tests")
    folders = [path for path in ("dev/tests", "tests/pure") if (ROOT / path).is_dir()]
    command = _plain_command(folders)
    return _Worker(command, os.environ | odoo.settings).wait() if folders else {}


def _plain_command(arguments):
    """Return the command that runs pytest without Odoo's plugin."""
    return [venv.PYTHON, "-m", "pytest", "-p", "no:odoo", *arguments]


def families():
    """Return {key: addons whose tests run together} on databases of their own.

    An addon that stands on the base alone is tested beside nothing else, or what
    `BESIDE` says; the base is tested by itself, and whatever stands on several addons
    together with all of them.
    """
    found = {}
    for addon in addons():
        is_alone = set(depends(addon)) <= {BASE} or addon in BESIDE
        key = addon if is_alone else EVERYTHING
        found.setdefault(key, []).append(addon)
    found.setdefault(EVERYTHING, [])
    return found


def _templates(odoo):
    """Return {key of a family: name of a database with its addons}.

    Those from outside get all addons without the companies of the other tests.
    """
    names = {
        key: f"test-{CHECKOUT}-{key.removeprefix(BASE + '_')}"
        for key in (*families(), OUTSIDE)
    }
    with step(f"installing {', '.join(addons())}"), ThreadPoolExecutor() as pool:
        everything = pool.submit(_install_everything, odoo, names)
        _install(odoo, names[BASE], [BASE], odoo.base_template(ALONE_MODULES))
        odoo.keep_companies(names[BASE])
        for key in names.keys() - {BASE, EVERYTHING, OUTSIDE}:
            modules = [key, *BESIDE.get(key, ())]
            _install(odoo, names[key], modules, names[BASE])
        everything.result()
    logs.stop_on_bad(_log_files(), "the installation")
    return names


def _install_everything(odoo, names):
    _install(odoo, names[OUTSIDE], [BASE])
    odoo.copy(names[OUTSIDE], names[EVERYTHING])
    odoo.keep_companies(names[EVERYTHING])


def _install(odoo, name, modules, template=None):
    """Make a database: with what comes along by itself when there is no template."""
    odoo.copy(template or odoo.base_template(), name)
    log = f"test-install-{name}.log"
    odoo.install(name, modules, log=log, alone=bool(template))
    odoo.build_assets(name)


def _log_files():
    return sorted(LOGS.glob("test-*.log"))


def _reports():
    return LOGS.glob("test-worker-*.xml")


class Share(NamedTuple):
    """Test files that run in one process, on a copy of one family's database."""

    seconds: float
    family: str
    files: tuple


def _run_shares(odoo, templates):
    """Run the shares, the longest first, two at a time; return their counts."""
    say(f"* tests of {', '.join(addons())} and from outside on {WORKERS} workers")
    shares = sorted(_shares(), reverse=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        totals = pool.map(
            lambda numbered: _run_share(odoo, templates, *numbered),
            enumerate(shares, 1),
        )
        totals = list(totals)
    _remember_seconds()
    return totals


def _shares():
    """Cut the test files of each family, and those from outside, into shares."""
    folders = {
        family: [f"{addon}/tests/**" for addon in members]
        for family, members in families().items()
    }
    seconds, found = _known_seconds(), {}
    for family, patterns in (folders | {OUTSIDE: ["tests"]}).items():
        for pattern in patterns:
            for path in ROOT.glob(f"{pattern}/test_*.py"):
                # What others make of an addon is seen where they are installed.
                own = EVERYTHING if path.stem.endswith(CONSUMERS) else family
                weights = found.setdefault(own, {})
                weights[str(path.relative_to(ROOT))] = _weight(path, seconds)
    for family, weights in found.items():
        # Those from outside share one server: no more of them than run at once.
        least = sum(weights.values()) / SHARE_SECONDS
        count = WORKERS if family == OUTSIDE else 1 + int(least)
        for files in filter(None, balance(weights, count)):
            yield Share(sum(weights[name] for name in files), family, tuple(files))


def _run_share(odoo, templates, number, share):
    """Run one share; return the counts."""
    report = f"--junitxml={log_file(f'test-worker-{number}.xml')}"
    if share.family == OUTSIDE:
        env = {"SALE_COLLECTION_TEMPLATE": templates[OUTSIDE]}
        command = _plain_command([report, *share.files])
        return _Worker(command, os.environ | odoo.settings | env, f"[{number}]").wait()
    name = f"test-{CHECKOUT}-{number}"
    odoo.copy(templates[share.family], name)
    command = [*_odoo_command(name, number), report, *share.files]
    try:
        return _Worker(command, odoo.environment(), f"[{number}]").wait()
    finally:
        odoo.drop(name)


def _odoo_command(name, number):
    """Return the command that runs pytest with Odoo on a database."""
    log = log_file(f"test-worker-{number}.log")
    return [
        *(venv.PYTHON, "-m", "pytest", f"--odoo-database={name}", "--odoo-http"),
        *("--odoo-log-level=warn", f"--odoo-extra=logfile={log}"),
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
    slow += 100 * (path.parent == ROOT / "tests")
    return len(text) / 500 + slow + 20 * ("HttpCase" in text)


def _known_seconds():
    path = WORK / "test-seconds.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _remember_seconds():
    """Keep the seconds of each test file for the next run's shares."""
    seconds = _known_seconds()
    for report in _reports():
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
        found = {"exit": code, "names": failures(self.lines)}
        return summary("".join(self.lines)) | found
