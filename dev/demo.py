"""``make demo`` and ``make serve``: a database with a ledger, shown and served."""

import hashlib
import json
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from . import browser, postgres, rates, venv
from .base import LOGS, ROOT, Stop, log_file, say, setting, show_end, work_folder
from .ledger import read_book
from .locales import LOCALES, find_locale
from .mailbox import Mailbox
from .roles import ROLES
from .server import addons
from .serving import Server, check_port

PORT = 8069
#: The database of a ledger, and of each made-up company by its locale.
LEDGER = "demo-ledger"
MADE_UP = {code: f"demo-{code.lower()}" for code in LOCALES} | {"en_US": "demo"}
DATABASES = (*MADE_UP.values(), LEDGER)
#: What a made-up company comes from: a change makes it anew.
MADE_UP_BY = ("ledger.py", "locales/*.py", "inside/*.py")


def find_command(name):
    """Return the command that makes a database of the demo, None for another one.

    >>> find_command("demo-zh_cn"), find_command("mine")
    ('make demo LOCALE=zh_CN', None)
    """
    if name == LEDGER:
        return "make demo LEDGER=book.csv"
    commands = {MADE_UP[code]: f"make demo LOCALE={code}" for code in MADE_UP}
    return "make demo" if name == "demo" else commands.get(name)


class Options:
    """What the user asked for, checked before anything long begins."""

    def __init__(self):
        self.ledger = setting("LEDGER")
        self.locale = self._read_locale()
        self.rates = setting("RATES") or ""
        self.today = self._read_today()
        self.port = self._read_port()
        self.serve = setting("SERVE") != "0"
        rates.parse_rates(self.rates)
        if self.ledger:
            read_book(self.ledger)
            self.ledger = str(Path(self.ledger).resolve())
        if self.serve:
            check_port(self.port)

    @property
    def database(self):
        """Return the name of the database: one of ledgers, one of each company."""
        return LEDGER if self.ledger else MADE_UP[self.locale]

    def key(self):
        """Return what a database must have been made from to be used again."""
        sources = [self.ledger] if self.ledger else _made_up_by()
        content = b"".join(Path(source).read_bytes() for source in sources)
        asked = f"{self.rates} {self.today}".encode()
        return hashlib.sha256(content + asked).hexdigest()

    def _read_locale(self):
        """Return which company is made up; a ledger says itself who it is of."""
        code = setting("LOCALE")
        if code and self.ledger:
            raise Stop(
                f"LOCALE={code} is of the made-up company: leave out LEDGER or LOCALE."
            )
        return find_locale(code).code

    def _read_today(self):
        text = setting("TODAY")
        try:
            return text and date.fromisoformat(text)
        except ValueError as error:
            raise Stop(f"TODAY={text} is no date: write TODAY=2019-07-31.") from error

    def _read_port(self):
        text = setting("PORT") or str(PORT)
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise Stop(f"PORT={text} is no port: write for instance PORT=8070.")
        return int(text)


def last_working_day(day):
    """Return ``day``, or the Friday before it.

    >>> last_working_day(date(2026, 11, 22))
    datetime.date(2026, 11, 20)
    """
    return day - timedelta(days=max(0, day.weekday() - 4))


def weeks_behind(last, today):
    """Return the days, whole weeks, that bring ``last`` close to ``today``.

    >>> weeks_behind(date(2019, 7, 31), date(2019, 8, 16))
    14
    """
    return (today - last).days // 7 * 7


def run_demo(odoo, options):
    """Make or reuse the database, print what is in it, serve it."""
    browser.ready()
    demo = Demo(odoo, options)
    demo.make_or_reuse()
    say(f"\n{demo.state['text']}\n")
    if options.serve:
        demo.bring_up_to_date()
        serve(odoo, options.database, options.port, crons=not options.today)
    elif postgres.given() is None:
        postgres.Cluster("demo").stop_if_idle()


class Demo:
    """One database of the demo and the file that says what is in it."""

    def __init__(self, odoo, options):
        self.odoo = odoo
        self.options = options
        self.path = work_folder("demo") / f"{options.database}.json"
        self.state = self._read_state()

    def _read_state(self):
        there = self.options.database in self.odoo.databases.names()
        if not there or not self.path.exists():
            return {}
        return json.loads(self.path.read_text())

    def _write_state(self, **values):
        self.state |= values
        self.path.write_text(json.dumps(self.state))

    def make_or_reuse(self):
        """Make the database anew unless it holds this ledger already."""
        name = self.options.database
        if self.state.get("key") != self.options.key():
            self.path.unlink(missing_ok=True)
            self.odoo.fresh(name)
            self._write_state(**self._load(), key=self.options.key(), code=_code())
            self._write_state(crons=not self.options.today)
        elif self.state["code"] != _code():
            self.odoo.upgrade(name)
            self._write_state(code=_code())

    def _load(self):
        options = self.options
        return self._inside(
            task="load",
            ledger=options.ledger,
            locale=options.locale,
            rates=options.rates,
            today=options.today and options.today.isoformat(),
            day=last_working_day(date.today()).isoformat(),
        )

    def bring_up_to_date(self):
        """Move the dates so that the book ends now, unless TODAY keeps them."""
        if self.options.today:
            say(f"TODAY={self.options.today}: dates are kept, scheduled actions off.")
            return
        today = last_working_day(date.today())
        last = date.fromisoformat(self.state["last"])
        days = weeks_behind(last, today)
        if days:
            last += timedelta(days=days)
            say(f"* moving the book's last day to {last:%A %d %B %Y} ...")
            self._inside(task="move", days=days, day=today.isoformat())
            self._write_state(last=last.isoformat())

    def _inside(self, **options):
        """Run the part that needs Odoo; return what it leaves behind."""
        path = self.path.with_suffix(".task.json")
        path.write_text(json.dumps(options))
        command = [venv.PYTHON, "-m", "dev.inside.demo", self.options.database, path]
        log = log_file("demo.log")
        with log.open("w") as errors:
            done = subprocess.run(
                command, cwd=ROOT, env=self.odoo.environment(), stderr=errors
            )
        if done.returncode:
            show_end(log)
            raise Stop(f"The demo could not be made: the whole log is {log}.")
        result = json.loads(path.read_text())
        path.unlink()
        return result


def say_logins(odoo, database):
    """Say who can log in: of the roles only those the database has."""
    query = "SELECT login FROM res_users WHERE active"
    there = {login for (login,) in odoo.databases.sql(query, database)}
    roles = [role for role in ROLES if role.login in there]
    for role in roles:
        say(f"  {role.login:<11} {role.does}")
    if "admin" in there:
        say("  admin       everything")
    if roles or "admin" in there:
        say("The password is the login.")


def runs_crons(name):
    """Tell whether a database is served with scheduled actions.

    Not one whose dates were kept: they would work on the day it is now.
    """
    path = work_folder("demo") / f"{name}.json"
    return path.exists() and json.loads(path.read_text())["crons"]


def _made_up_by():
    """Return the files a made-up company comes from."""
    return sorted(path for name in MADE_UP_BY for path in (ROOT / "dev").glob(name))


def _code():
    """Return a fingerprint of the addons, to see when an upgrade is due."""
    digest = hashlib.sha256()
    for addon in addons():
        for path in sorted((ROOT / addon).rglob("*")):
            skipped = "tests" in path.parts or path.suffix == ".pyc"
            if path.is_file() and not skipped:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def serve(odoo, database, port, crons):
    """Serve a database until interrupted, saying where and for whom."""
    mailbox = Mailbox(work_folder("demo", "mails")).open()
    flags = ["--smtp=127.0.0.1", f"--smtp-port={mailbox.port}"]
    flags += ["--max-cron-threads=1"] if crons else []
    server = Server(odoo, database, port=port, log="serve.log", flags=flags)
    server.start()
    say(f"Odoo runs on {server.url} (database {database}, log {LOGS}/serve.log).")
    say(f"No mail leaves: what is sent is kept in {mailbox.folder}.")
    say_logins(odoo, database)
    say("Ctrl+C ends it.")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.process.wait()
        raise Stop(f"The server ended by itself: see {server.log}.")
    except KeyboardInterrupt:
        say("\nStopping ...")
    finally:
        server.stop()
        if odoo.cluster == "demo" and postgres.given() is None:
            postgres.Cluster("demo").stop_if_idle()
