"""Takes Debian packages with apt without touching the system.

The sources are derived from the machine's own apt configuration, so a mirror, a
proxy or a key the machine uses is used here too. State and cache are private.
"""

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from .base import Stop, read, run, work_folder

ETC = Path("/etc/apt")


class Source(NamedTuple):
    """One binary source of apt: where, which suite, and the options of its line."""

    uri: str
    suite: str
    signed_by: str

    def line(self, suite, components="main"):
        """Return the one-line form for another ``suite`` of the same mirror.

        >>> Source("http://m/debian", "bookworm", "/k.gpg").line("unstable")
        'deb [signed-by=/k.gpg] http://m/debian unstable main'
        >>> Source("http://m/debian", "bookworm", "").line("bookworm")
        'deb http://m/debian bookworm main'
        """
        option = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {option}{self.uri} {suite} {components}"


def parse_list(text):
    """Return the binary sources of a one-line style file (``*.list``).

    >>> parse_list("# old\\ndeb [arch=amd64 signed-by=/k] http://m/debian sid main")
    [Source(uri='http://m/debian', suite='sid', signed_by='/k')]
    >>> parse_list("deb-src http://m/debian sid main")
    []
    """
    found = []
    pattern = r"^\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)"
    for options, uri, suite in re.findall(pattern, text, re.MULTILINE):
        signed = re.search(r"signed-by=(\S+)", options)
        found.append(Source(uri, suite, signed.group(1) if signed else ""))
    return found


def parse_deb822(text):
    """Return the binary sources of a deb822 style file (``*.sources``).

    >>> parse_deb822("Types: deb\\nURIs: http://m/debian\\nSuites: sid sid-x\\n")
    [Source(uri='http://m/debian', suite='sid', signed_by=''), \
Source(uri='http://m/debian', suite='sid-x', signed_by='')]
    >>> parse_deb822("Enabled: no\\nTypes: deb\\nURIs: http://m\\nSuites: sid\\n")
    []
    """
    found = []
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", text):
        fields = {
            name.lower(): value.strip()
            for name, value in re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.M)
        }
        types = fields.get("types", "").split()
        if fields.get("enabled") == "no" or "deb" not in types:
            continue
        signed = fields.get("signed-by", "")
        found += [
            Source(uri, suite, signed if signed.startswith("/") else "")
            for uri in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
        ]
    return found


def machine_sources(etc=ETC):
    """Return the binary sources configured on the machine, in apt's order."""
    found = []
    parts = etc / "sources.list.d"
    for path in [etc / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.exists():
            found += parse_list(path.read_text())
    for path in sorted(parts.glob("*.sources")):
        found += parse_deb822(path.read_text())
    return found


def pick_archive(sources, codename):
    """Return the source of the release itself: its mirror carries unstable too.

    >>> pick_archive([Source("s", "sid-security", ""), Source("m", "sid", "")], "sid")
    Source(uri='m', suite='sid', signed_by='')
    """
    for source in sources:
        if source.suite in (codename, f"{codename}/"):
            return source
    raise Stop(
        f"No apt source of the Debian release '{codename}' is configured on this "
        "machine: set ODOO_DIR to a checkout of Odoo 19."
    )


def codename(os_release=Path("/etc/os-release")):
    """Return the code name of the Debian release that runs here."""
    text = os_release.read_text() if os_release.exists() else ""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    if fields.get("ID") != "debian" or not shutil.which("apt-get"):
        raise Stop(
            "Odoo 19 is fetched from Debian's packages and this machine is not "
            "Debian: set ODOO_DIR to a checkout of Odoo 19."
        )
    return fields.get("VERSION_CODENAME") or "unstable"


class PrivateApt:
    """apt with its own sources, state and cache: the system's stay untouched."""

    def __init__(self):
        self.release = codename()
        self.folder = work_folder("apt")
        self.packages = work_folder("apt", "packages")

    def options(self):
        """Return the options that keep apt out of the system's state."""
        status = self.folder / "status"
        status.touch()
        for name in ("lists/partial", "archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        values = {
            "Dir::State": self.folder,
            "Dir::State::status": status,
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder,
            "Dir::Cache::archives": self.folder / "archives",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Default-Release": self.release,
            "APT::Get::List-Cleanup": "0",
            "Acquire::Languages": "none",
            # Without it apt calls an unreachable mirror a success.
            "APT::Update::Error-Mode": "any",
            # The private folders are not the sandbox user's to write in.
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        }
        return [part for key, val in values.items() for part in ("-o", f"{key}={val}")]

    def update(self):
        """Read the package lists of the machine's release and of unstable."""
        archive = pick_archive(machine_sources(), self.release)
        lines = [archive.line(suite) for suite in (self.release, "unstable")]
        (self.folder / "sources.list").write_text("\n".join(lines) + "\n")
        run(
            ["apt-get", *self.options(), "-qq", "update"],
            failure="apt could not read the package lists: check the network and the "
            "mirror in /etc/apt, or set ODOO_DIR to a checkout of Odoo 19.",
            log="apt-update.log",
        )

    def download(self, names):
        """Download packages (``name`` or ``name/suite``); return their files."""
        before = set(self.packages.glob("*.deb"))
        run(
            ["apt-get", *self.options(), "-qq", "download", *names],
            failure=f"apt could not download {', '.join(names)}: check the network "
            "and the mirror in /etc/apt, or set ODOO_DIR to a checkout of Odoo 19.",
            cwd=self.packages,
            log="apt-download.log",
        )
        return sorted(set(self.packages.glob("*.deb")) - before)

    def depends(self, deb):
        """Return the names of the packages ``deb`` depends on (first choices)."""
        return parse_depends(
            read(
                ["dpkg-deb", "-f", deb, "Depends"],
                failure=f"{deb} cannot be read: run make clean and try again.",
            )
        )


def parse_depends(text):
    """Return the first alternative of each entry of a Depends field.

    >>> parse_depends("libjs-jquery, fonts-x (>= 2:4) | fonts-y, python3:any")
    ['libjs-jquery', 'fonts-x', 'python3']
    """
    return [re.split(r"[\s(|:]", entry.strip())[0] for entry in text.split(",")]


def unpack(deb, target):
    """Unpack one package into ``target``."""
    run(
        ["dpkg-deb", "-x", deb, target],
        failure=f"{deb} cannot be unpacked: check the free disk space, then run "
        "make clean and try again.",
        log="unpack.log",
    )
