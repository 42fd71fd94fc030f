"""The application without the warehouse, and the supply side that comes with it."""

import os
import subprocess

import pytest

from dev import logs, venv
from dev.base import log_file
from dev.server import ALONE_MODULES, depends, usual_addons

from .conftest import ROOT

#: What the supply side must get along with and does not depend on.
NEIGHBOURS = ("stock_picking_batch", "stock_dropshipping")


@pytest.fixture
def alone(odoo):
    """Yield the name of a database that has sale_collection and no warehouse."""
    name = f"test-alone-{os.getpid()}"
    odoo.copy(odoo.base_template(ALONE_MODULES), name)
    odoo.install(name, ["sale_collection"], log="test-alone.log")
    yield name
    odoo.drop(name)


def installed(odoo, database):
    query = (
        "SELECT name FROM ir_module_module"
        " WHERE state = 'installed' AND name LIKE '%sale_collection%' ORDER BY name"
    )
    return [row[0] for row in odoo.databases.sql(query, database)]


def run_tests(odoo, database, *files, root=ROOT):
    """Run test files of the addons under a folder in a database; they must pass."""
    command = [venv.PYTHON, "-m", "pytest", "-q", f"--odoo-database={database}"]
    done = subprocess.run(
        [*command, *map(str, files)],
        cwd=root,
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1], done.stdout


def test_alone_then_with_the_warehouse(odoo, alone):
    """The application brings its consumers, the warehouse then the supply side."""
    assert logs.check([log_file("test-alone.log")]) == []
    supply = "sale_collection_stock"
    without = [name for name in usual_addons() if supply not in (name, *depends(name))]
    assert installed(odoo, alone) == without

    odoo.install(alone, NEIGHBOURS, log="test-neighbours.log")
    assert logs.check([log_file("test-neighbours.log")]) == []
    assert installed(odoo, alone) == usual_addons()
    run_tests(odoo, alone, "sale_collection_stock/tests/test_neighbours.py")
