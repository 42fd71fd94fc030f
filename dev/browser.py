"""Chromium and wkhtmltopdf: what is installed, else apt when allowed."""

import os
import shutil

from .base import Stop, run, say, setting, step

#: Program, Debian's package, and what is missing without it.
PROGRAMS = (
    (("chromium", "chromium-browser", "google-chrome"), "chromium", "browser tests"),
    (("wkhtmltopdf",), "wkhtmltopdf", "printed PDF documents"),
)


def missing():
    """Return (package, what it is for) of the programs that are not installed."""
    return [
        (package, purpose)
        for names, package, purpose in PROGRAMS
        if not any(map(shutil.which, names))
    ]


def ready():
    """Install what is missing when root may; else say what will not work."""
    wanted = missing()
    if not wanted:
        return
    packages = [package for package, _purpose in wanted]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with step(f"installing {' and '.join(packages)}"):
            _install(packages)
    for package, purpose in missing():
        message = f"{package} is not installed: {purpose} will be missing"
        way_out = f"apt-get install {package}"
        if setting("CI"):
            raise Stop(f"{message} and a check may not skip them: {way_out}.")
        say(f"! {message} ({way_out}).")


def _install(packages):
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for log, command in (
        ("apt-system-update.log", ["apt-get", "-qq", "update"]),
        (
            "apt-system-install.log",
            ["apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages],
        ),
    ):
        run(
            command,
            env=env,
            log=log,
            failure=f"apt cannot install {' and '.join(packages)}: check the network "
            "and /etc/apt, or install them by hand.",
        )
