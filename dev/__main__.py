"""Command line of the tool chain: ``python3 -m dev COMMAND``; make calls it."""

import fcntl
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

# Before the imports: an older Python could not even read them.
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Stopped: this is Python %d.%d and Odoo 19 runs on 3.10 to 3.13: name another "
        "one, for instance make test PYTHON=python3.11." % sys.version_info[:2]
    )

# The tool chain is run by path from any folder: its own package comes first.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from dev import demo, lint, postgres, server, source, suite, venv
from dev.base import ROOT, WORK, Stop, run, say, setting, work_folder


@contextmanager
def one_at_a_time():
    """Let one command at a time get things ready in the work folder."""
    with (work_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("* waiting for another command that gets things ready ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ready(cluster="work"):
    """Return Odoo with everything it needs in place."""
    with one_at_a_time():
        odoo = server.Odoo(cluster)
        odoo.base_template()
    return odoo


def become(command, env):
    """Replace this process by ``command``."""
    command = [str(part) for part in command]
    sys.stdout.flush()
    os.execvpe(command[0], command, env)


def do_setup():
    """Get everything ready."""
    ready()


def do_odoo(*arguments):
    """Run Odoo with ``arguments``."""
    odoo = ready(setting("CLUSTER") or "work")
    become(odoo.command(*arguments), odoo.environment())


def do_python(*arguments):
    """Run the Python of the virtual environment."""
    odoo = ready()
    become([venv.PYTHON, *arguments], odoo.environment())


def do_psql(*arguments):
    """Open a database in psql."""
    odoo = ready(setting("CLUSTER") or "work")
    become([postgres.binary("psql"), *arguments], odoo.environment())


def do_i18n():
    """Bring the translation files in line with the texts of the addons."""
    odoo = ready()
    name = "i18n"
    odoo.fresh(name)
    folder = work_folder("i18n")
    try:
        _export(name, folder, server.usual_addons())
        # Last: its application gives fields to models of the others.
        odoo.install(name, server.APART, log="i18n.log")
        _export(name, folder, server.APART)
        templates = [folder / f"{addon}.pot" for addon in server.addons()]
        run(
            [venv.PYTHON, "-m", "dev.inside.translations", *templates],
            cwd=ROOT,
            failure="The translations could not be merged.",
        )
    finally:
        odoo.drop(name)


def _export(database, folder, addons):
    """Write the templates of the addons' texts into a folder."""
    run(
        [venv.PYTHON, "-m", "dev.inside.texts", database, folder, *addons],
        cwd=ROOT,
        env=ready().environment(),
        log="i18n.log",
        failure="Odoo could not export the texts.",
    )


def do_pytest(name, *arguments):
    """Run tests of the addons in database ``name``."""
    odoo = ready()
    command = [venv.PYTHON, "-m", "pytest", f"--odoo-database={name}", "--odoo-http"]
    become([*command, *arguments], odoo.environment())


def do_db(name=""):
    """Make a fresh database with the addons of this checkout, or those of ADDONS."""
    odoo = ready()
    chosen = (setting("ADDONS") or "").replace(",", " ").split()
    odoo.fresh(name, chosen)
    say(f"Database {name} is ready. A shell on it: dev/odoo shell -d {name}")


def holder(name):
    """Return Odoo on the server that holds database ``name``; stop if none does."""
    cluster = "demo" if name in demo.DATABASES else setting("CLUSTER") or "work"
    odoo = ready(cluster)
    if server.check_name(name) not in odoo.databases.names():
        way_out = demo.find_command(name) or f"make db NAME={name}"
        raise Stop(f"There is no database {name}: {way_out} makes it.")
    return odoo


def do_shell(name=""):
    """Open a shell of Odoo on a database."""
    odoo = holder(name)
    become(odoo.command("shell", "-d", name), odoo.environment())


def do_demo():
    """Make the demo company, or a ledger's; print it; serve it."""
    options = demo.Options()
    demo.run_demo(ready("demo"), options)


def do_serve(name=""):
    """Serve a database on 127.0.0.1; without a name that of the demo."""
    options = demo.Options()
    name = name or options.database
    demo.serve(holder(name), name, options.port, crons=demo.runs_crons(name))


def do_lint():
    """Check style, data files and packages."""
    with one_at_a_time():
        venv.ready(source.find())
    lint.check()


def do_format():
    """Lay out the Python files and sort their imports."""
    with one_at_a_time():
        venv.ready(source.find())
    lint.lay_out()


def do_test():
    """Run the whole suite."""
    odoo = ready()
    with one_at_a_time():
        odoo.base_template(server.ALONE_MODULES)
    suite.run_suite(odoo)


def do_bench():
    """Measure the application on generated ledgers of two sizes."""
    from benchmarks.run import run_bench

    run_bench(ready())


def do_stop():
    """Stop the embedded servers."""
    with one_at_a_time():
        postgres.stop_all()


def do_drop(name=""):
    """Remove a database."""
    holder(name).drop(name)


def do_clean():
    """Stop the embedded servers and remove the work folder."""
    if not WORK.exists():
        return
    with one_at_a_time():
        postgres.remove_all()
        for path in WORK.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    say(f"{WORK} is empty.")


def commands():
    """Return the functions of the command line by name."""
    found = globals().items()
    return {name[3:]: call for name, call in found if name.startswith("do_")}


def main(arguments):
    """Run one command; a failure is one sentence on the error output."""
    name, *rest = arguments or [""]
    command = commands().get(name)
    if command is None:
        raise Stop(f"Use one of: {', '.join(sorted(commands()))}.")
    command(*rest)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        sys.exit(f"Stopped: {stop}")
    except KeyboardInterrupt:
        sys.exit(130)
