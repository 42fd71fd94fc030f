"""Runs Odoo on this checkout: its addons, its settings, its databases."""

import ast
import hashlib
import os
import re
import shutil

from . import postgres, source, venv
from .base import CHECKOUT, LOGS, ROOT, Stop, check_disk, run, step, work_folder

#: What a database has before the addons of this checkout come: the deepest of their
#: dependencies, so that installing them is all that is left to do.
BASE_MODULES = ("sale_management", "sale_stock")
#: The same for the application without its supply side.
ALONE_MODULES = ("sale_management",)
#: Addons on an application of core that all others do without: they come with it.
APART = ("sale_collection_contract_project",)
NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,50}$")


def addons():
    """Return the names of the addons of this checkout."""
    return sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


def usual_addons():
    """Return the names of the addons that the application brings along."""
    return [name for name in addons() if name not in APART]


def depends(addon):
    """Return the names of the addons of this checkout that ``addon`` stands on."""
    manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())
    direct = [name for name in manifest["depends"] if name in addons()]
    return sorted({*direct, *(name for other in direct for name in depends(other))})


def check_name(name):
    """Return a database name the user gave, or stop."""
    if not name or not NAME.match(name):
        raise Stop(
            f"'{name or ''}' is no name for a database: use small letters, digits, "
            "- and _, for instance make db NAME=try."
        )
    return name


class Odoo:
    """Odoo 19 with this checkout's addons on one PostgreSQL cluster."""

    def __init__(self, cluster="work"):
        self.cluster = cluster
        self.source = source.find()
        venv.ready(self.source)
        self.settings = postgres.connect(cluster)
        self.databases = postgres.Databases(self.settings)
        self.data = work_folder("data", cluster)
        self.config = self._write_config()

    def _write_config(self):
        """Write the settings of this checkout; every Odoo command reads them."""
        core = [self.source / "odoo/addons", self.source / "addons"]
        folders = [path for path in core if path.is_dir()]
        if addons():
            folders.insert(0, ROOT)
        path = work_folder("conf") / f"{CHECKOUT}-{self.data.name}.conf"
        lines = [
            "[options]",
            f"addons_path = {','.join(map(str, folders))}",
            f"data_dir = {self.data}",
            "http_interface = 127.0.0.1",
            "max_cron_threads = 0",
            "list_db = False",
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    def environment(self):
        """Return the environment of a process of Odoo."""
        env = os.environ | self.settings
        return env | {"ODOO_RC": str(self.config)}

    def command(self, *arguments):
        """Return the command line of Odoo."""
        return [str(venv.PYTHON), "-m", "odoo", *map(str, arguments)]

    def install(self, name, modules, *, log, option="-i", alone=False):
        """Install ``modules`` in database ``name``; upgrade them with ``-u``.

        ``alone``: without what installs itself beside them.
        """
        flags = ["--stop-after-init", "--no-http", "--log-level=warn"]
        flags += ["--skip-auto-install"] if alone else []
        run(
            self.command("-d", name, option, ",".join(modules), *flags),
            env=self.environment(),
            failure=f"Odoo could not install {', '.join(modules)}: "
            f"the whole log is {LOGS}/{log}.",
            log=log,
        )

    def build_assets(self, name):
        """Build the bundles of the web client in database ``name``."""
        run(
            [venv.PYTHON, "-m", "dev.inside.assets", name],
            cwd=ROOT,
            env=self.environment(),
            failure=f"Odoo could not build its web client: see {LOGS}.",
            log=f"assets-{name}.log",
        )

    def keep_companies(self, name):
        """Keep companies with accounts ready for the tests in database ``name``."""
        run(
            [venv.PYTHON, "-m", "dev.inside.spare", name],
            cwd=ROOT,
            env=self.environment(),
            failure=f"Odoo could not make the companies of the tests: see {LOGS}.",
            log=f"spare-{name}.log",
        )

    def upgrade(self, name):
        """Upgrade the addons of this checkout in database ``name``."""
        with step(f"upgrading {', '.join(addons())}"):
            self.install(name, addons(), log=f"upgrade-{name}.log", option="-u")

    def base_template(self, modules=BASE_MODULES):
        """Return the name of a database that has core's applications, made once."""
        key = f"{self.source}{modules}"
        name = f"tpl-base-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        if name not in self.databases.names():
            check_disk()
            with step("making the template database (once)"):
                # Under another name until it is whole.
                self.copy("template0", f"{name}-new")
                self.install(f"{name}-new", modules, log="template.log")
                self._move(f"{name}-new", name)
        return name

    def _move(self, source, target):
        self.databases.rename(source, target)
        shutil.rmtree(self._files(target), ignore_errors=True)
        if self._files(source).exists():
            self._files(source).rename(self._files(target))

    def _files(self, name):
        return self.data / "filestore" / name

    def copy(self, source, target):
        """Make ``target`` a fresh copy of database ``source``, files included."""
        self.databases.copy(source, target)
        shutil.rmtree(self._files(target), ignore_errors=True)
        if self._files(source).exists():
            shutil.copytree(self._files(source), self._files(target))

    def drop(self, name):
        """Remove database ``name`` with its files."""
        self.databases.drop(name)
        shutil.rmtree(self._files(name), ignore_errors=True)

    def fresh(self, name, chosen=None):
        """Make database ``name`` anew: this checkout's addons, no demo data.

        All of them install themselves where what they stand on is there: no other
        application of core is brought for them.

        ``chosen``: only these addons and what they stand on.
        """
        wanted = chosen or addons()
        if unknown := sorted(set(wanted) - set(addons())):
            raise Stop(f"No such addons: {', '.join(unknown)}: see make help.")
        deep = "sale_collection_stock" in wanted
        template = self.base_template(BASE_MODULES if deep else ALONE_MODULES)
        self.copy(template, check_name(name))
        if wanted:
            with step(f"installing {', '.join(wanted)}"):
                log = f"install-{name}.log"
                modules = chosen or ["sale_collection"]
                self.install(name, modules, log=log, alone=bool(chosen))
