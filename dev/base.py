"""Paths, progress and the one way to fail, shared by every module of the tool chain."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Ignored by git; may be a link, which several checkouts then share.
WORK = (ROOT / ".work").resolve()
#: Tells this checkout from others that share the work folder.
CHECKOUT = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:6]
LOGS = WORK / "log" / CHECKOUT

#: Free disk space, in bytes, that a first set-up needs (Odoo, packages, databases).
MIN_FREE = 4 * 1024**3


class Stop(Exception):
    """A failure told to the user as one sentence with the way out."""


def say(message):
    """Print one line of progress at once, also into a pipe."""
    print(message, flush=True)


@contextmanager
def step(message):
    """Announce a long step and, when it is over, the seconds it took."""
    say(f"* {message} ...")
    start = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - start:.0f} s")


def run(command, *, failure, cwd=None, env=None, log=None):
    """Run ``command``; a non-zero end stops with ``failure``.

    Output goes to the log file ``log``, whose end is shown when the command fails;
    without ``log`` it goes to the terminal.
    """
    command = [str(part) for part in command]
    if log is None:
        result = subprocess.run(command, cwd=cwd, env=env)
    else:
        path = log_file(log)
        with path.open("wb") as output:
            result = subprocess.run(
                command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
            )
    if result.returncode:
        if log is not None:
            show_end(path)
        raise Stop(failure)


def show_end(path, lines=15):
    """Print the last ``lines`` lines of a log file."""
    text = path.read_text(errors="replace").splitlines()
    sys.stderr.write("".join(f"    {line[:300]}\n" for line in text[-lines:]))


def read(command, *, failure):
    """Return the output of ``command`` as text; stop with ``failure`` on an error."""
    try:
        return subprocess.run(
            [str(part) for part in command], check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Stop(failure) from error


def work_folder(*names):
    """Return a folder of the project's ignored work folder, made when missing."""
    path = WORK.joinpath(*names)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            f"Cannot write to {path} ({error.strerror}): "
            "give this user the right to write in the checkout."
        ) from error
    return path


def check_disk():
    """Stop when the disk has no room for a first set-up."""
    free = shutil.disk_usage(work_folder()).free
    if free < MIN_FREE:
        raise Stop(
            f"Only {free / 1024**3:.1f} GB are free where {WORK} lies: "
            f"free {MIN_FREE / 1024**3:.0f} GB or make .work a link to a bigger disk."
        )


def log_file(name):
    """Return the path of a log of this checkout."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / name


def setting(name):
    """Return an environment setting without blanks, None when empty."""
    return os.environ.get(name, "").strip() or None
