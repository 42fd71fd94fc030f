"""Tests from outside: a server of its own, a database of its own, real sessions."""

import os
import subprocess
import sys
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


@pytest.fixture(scope="session")
def database(odoo):
    """Yield the name of a database with the addons and one user for each role."""
    name = f"test-outside-{os.getpid()}"
    template = os.environ.get("SALE_COLLECTION_TEMPLATE")
    if template:
        odoo.copy(template, name)
    else:
        odoo.fresh(name)
    command = [venv.PYTHON, "-m", "dev.inside.users", name]
    subprocess.run(command, cwd=ROOT, env=odoo.environment(), check=True)
    yield name
    odoo.drop(name)


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
