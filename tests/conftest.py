"""Tests from outside: a server of its own, a database of its own, real sessions."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dev import server as dev_server
from dev import venv
from dev.serving import Server

from .client import Client


@pytest.fixture(scope="session")
def odoo():
    """Return the tool that makes and removes databases."""
    return dev_server.Odoo()


@contextmanager
def own_database(odoo, what):
    """Yield the name of a new database with the addons, and drop it afterwards."""
    name = f"test-{what}-{os.getpid()}"
    template = os.environ.get("SALE_COLLECTION_TEMPLATE")
    if template:
        odoo.copy(template, name)
    else:
        odoo.fresh(name)
    try:
        yield name
    finally:
        odoo.drop(name)


def run_inside(odoo, module, *arguments):
    """Run a program with Odoo at hand; return what it prints."""
    done = subprocess.run(
        [venv.PYTHON, "-m", module, *arguments],
        cwd=ROOT,
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def database(odoo):
    """Yield the name of a database with the addons and one user for each role."""
    with own_database(odoo, "outside") as name:
        run_inside(odoo, "dev.inside.users", name)
        yield name


@pytest.fixture
def fresh(odoo):
    """Yield the name of a database of its own with the addons."""
    with own_database(odoo, "fresh") as name:
        yield name


@pytest.fixture(scope="session")
def server(odoo, database):
    """Yield a running server (``url``, ``database``, ``stop``, ``kill``, ``start``)."""
    # A refusal that a test asks for is logged as a warning of odoo.http.
    flags = ["--log-level=warn", "--log-handler=odoo.http:ERROR"]
    served = Server(odoo, database, log="test-outside.log", flags=flags)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def sign_in(server):
    """Return a function: role or login -> a client with a session of its own."""

    def open_session(login):
        return Client(server.url, server.database, login, login)

    return open_session
