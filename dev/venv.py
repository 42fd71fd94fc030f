"""The virtual environment: Odoo's own pins for this Python, and the tools."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .base import LOGS, ROOT, WORK, check_disk, run, setting, step

#: Requirements of Odoo that no addon of this project loads, or that pip cannot
#: install beside the rest: see the comments of odoo-pins.txt.
LEFT_OUT = {"python-ldap", "pyusb", "pyserial", "rl-renderpm", "pypiwin32"}
UNPINNED = {"3.10": {"greenlet"}, "3.11": {"greenlet"}}
PINS = "odoo-pins.txt"
TOOLS = "tools.txt"


def _folder():
    """Return the environment's folder: checkouts that want the same share one."""
    wanted = [f"{sys.version_info[:2]}", setting("ODOO_DIR") or ""]
    wanted += [(ROOT / "dev" / name).read_text() for name in (PINS, TOOLS)]
    return WORK / f"venv-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:8]}"


FOLDER = _folder()
PYTHON = FOLDER / "bin" / "python"


def read_pins(text, python):
    """Return the requirement lines of a table of pins for one Python version.

    >>> read_pins("package 3.10 3.11\\nlxml 4.8 4.9 # why\\ngreenlet x -\\n", "3.11")
    ['lxml==4.9', 'greenlet']
    >>> read_pins("package 3.10 3.11\\nlxml 4.8 4.9 # why\\ngreenlet x -\\n", "3.10")
    ['lxml==4.8']
    """
    rows = [line.split("#")[0].split() for line in text.splitlines()]
    header, *rows = [row for row in rows if row]
    column = header.index(python)
    return [
        row[0] if row[column] == "-" else f"{row[0]}=={row[column]}"
        for row in rows
        if row[column] != "x"
    ]


def adapt_requirements(text, python):
    """Return Odoo's own requirement lines, less what must not or need not be there.

    >>> adapt_requirements("# c\\ngreenlet==2.0 ; a\\npsycopg2==2.9 ; b\\n", "3.11")
    ['greenlet', 'psycopg2-binary==2.9 ; b']
    >>> adapt_requirements("greenlet==3.0 ; a\\npython-ldap==3 ; a\\n", "3.12")
    ['greenlet==3.0 ; a']
    """
    kept = []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        name = re.match(r"[\w.-]*", line).group().lower()
        if not name or name in LEFT_OUT:
            continue
        if name in UNPINNED.get(python, ()):
            line = name
        kept.append(re.sub(r"^psycopg2(?=\W)", "psycopg2-binary", line))
    return list(dict.fromkeys(kept))


def requirements(odoo, python):
    """Return every requirement line: Odoo's own and the tools'."""
    own = odoo / "requirements.txt"
    if own.exists():
        lines = adapt_requirements(own.read_text(), python)
    else:
        lines = read_pins((ROOT / "dev" / PINS).read_text(), python)
    tools = (ROOT / "dev" / TOOLS).read_text().splitlines()
    return lines + [line for line in tools if line and not line.startswith("#")]


def ready(odoo):
    """Make the environment unless it is there with the same requirements."""
    python = ".".join(map(str, sys.version_info[:2]))
    wanted = "\n".join([*requirements(odoo, python), f"# odoo {odoo}"]) + "\n"
    name = hashlib.sha256((python + wanted).encode()).hexdigest()
    stamp = FOLDER / "requirements.sha256"
    if stamp.exists() and stamp.read_text() == name:
        return
    with step(f"getting the Python packages (Python {python})"):
        _make(odoo, wanted)
    stamp.write_text(name)


def _make(odoo, wanted):
    check_disk()
    shutil.rmtree(FOLDER, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", FOLDER],
        failure="Python cannot make a virtual environment: install python3-venv "
        "(apt-get install python3-venv) or name another Python with PYTHON=.",
        log="venv.log",
    )
    path = FOLDER / "requirements.txt"
    path.write_text(wanted)
    run(
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", path],
        failure="pip could not install the Python packages: check the network and "
        f"pip's index settings; the whole log is {LOGS}/pip.log.",
        log="pip.log",
    )
    _link(odoo)


def _link(odoo):
    """Put Odoo on the environment's path, with its ``egg-info`` for pip."""
    target = subprocess.check_output(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        text=True,
    )
    (Path(target.strip()) / "odoo-19.pth").write_text(f"{odoo}\n")
