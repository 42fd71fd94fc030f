"""The application comes, is upgraded and goes without leaving a trace."""

import os
import subprocess

import pytest

from dev import logs
from dev.base import log_file
from dev.server import addons

LEFT = """
SELECT 'table ' || table_name FROM information_schema.tables
 WHERE table_name LIKE 'sale_collection%'
UNION ALL
SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name LIKE '%collection%'
UNION ALL
SELECT 'model ' || model FROM ir_model WHERE model LIKE 'sale.collection%'
UNION ALL
SELECT 'record ' || name FROM ir_model_data WHERE module LIKE 'sale_collection%'
UNION ALL
SELECT 'setting ' || key FROM ir_config_parameter WHERE key LIKE '%collection%'
UNION ALL
SELECT 'scheduled action ' || cron_name FROM ir_cron WHERE cron_name LIKE '%ollection%'
"""


@pytest.fixture
def installed(odoo):
    """Yield the name of a database of its own with the addons."""
    name = f"test-lifecycle-{os.getpid()}"
    template = os.environ.get("SALE_COLLECTION_TEMPLATE")
    if template:
        odoo.copy(template, name)
    else:
        odoo.fresh(name)
    yield name
    odoo.drop(name)


def test_upgrade_keeps_what_people_set(odoo, installed):
    """An upgrade logs nothing bad and leaves grades as a controller named them."""
    rename = "UPDATE sale_collection_grade SET score_from = score_from + 1"
    odoo.databases.sql(rename, installed)
    query = "SELECT id, score_from FROM sale_collection_grade ORDER BY id"
    before = odoo.databases.sql(query, installed)
    odoo.install(installed, addons(), log="test-upgrade.log", option="-u")
    assert logs.check([log_file("test-upgrade.log")]) == []
    assert odoo.databases.sql(query, installed) == before


def test_uninstall_leaves_nothing(odoo, installed):
    """Tables, columns, models, records and settings go; coming back works."""
    log = log_file("test-uninstall.log")
    with log.open("w") as output:
        subprocess.run(
            odoo.command("module", "uninstall", *addons(), "-d", installed),
            env=odoo.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    assert logs.check([log]) == []
    assert odoo.databases.sql(LEFT, installed) == []
    odoo.install(installed, addons(), log="test-reinstall.log")
    assert logs.check([log_file("test-reinstall.log")]) == []
