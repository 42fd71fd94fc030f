"""The application comes, is upgraded and goes without leaving a trace."""

import json
import os
import subprocess

import pytest

from dev import logs
from dev.base import log_file
from dev.server import usual_addons

from .conftest import own_database, run_inside
from .test_alone import run_tests

LEFT = """
SELECT 'table ' || table_name FROM information_schema.tables
 WHERE table_name LIKE 'sale_collection%'
UNION ALL
SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name LIKE '%collection%'
UNION ALL
SELECT 'model ' || model FROM ir_model WHERE model LIKE 'sale.collection%'
UNION ALL
SELECT 'record ' || name FROM ir_model_data WHERE module LIKE '%sale_collection%'
UNION ALL
SELECT 'setting ' || key FROM ir_config_parameter WHERE key LIKE '%collection%'
UNION ALL
SELECT 'scheduled action ' || cron_name FROM ir_cron WHERE cron_name LIKE '%ollection%'
"""


def test_upgrade_keeps_what_people_set(odoo, fresh):
    """An upgrade logs nothing bad and leaves grades as a controller named them."""
    rename = "UPDATE sale_collection_grade SET score_from = score_from + 1"
    odoo.databases.sql(rename, fresh)
    query = "SELECT id, score_from FROM sale_collection_grade ORDER BY id"
    before = odoo.databases.sql(query, fresh)
    odoo.install(fresh, usual_addons(), log="test-upgrade.log", option="-u")
    assert logs.check([log_file("test-upgrade.log")]) == []
    assert odoo.databases.sql(query, fresh) == before


@pytest.fixture(scope="module")
def filled(odoo):
    """Yield the name of a database with the addons and something of everything."""
    with own_database(odoo, "filled") as name:
        run_inside(odoo, "tests.lifecycle.fill", name)
        yield name


@pytest.fixture
def used(odoo, filled):
    """Yield the name of a copy of the filled database."""
    name = f"test-used-{os.getpid()}"
    odoo.copy(filled, name)
    yield name
    odoo.drop(name)


def uninstall(odoo, database, *names):
    """Uninstall addons; the log has nothing worse than information."""
    log = log_file("test-uninstall.log")
    with log.open("w") as output:
        subprocess.run(
            odoo.command("module", "uninstall", *names, "-d", database),
            env=odoo.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    assert logs.check([log]) == []


HOLDS = "sale_collection_hold/tests/test_hold_confirm.py"
REMINDERS = "sale_collection_reminder/tests/test_reminder_guards.py"
COMMISSION = "sale_collection_commission/tests/test_commission.py"


@pytest.mark.parametrize(
    ("leaving", "rest", "wanted"),
    [
        (["hold"], COMMISSION, "three_payments"),  # with supply and the glue
        (["reminder"], HOLDS, "night_both_ways"),  # with the glue
        (["commission"], REMINDERS, "phase_of"),
        (
            [
                *("hold_reminder", "hold_contract", "hold_portal"),
                *("insight_contract", "field_stock", "stock"),
            ],
            HOLDS,
            "night_both_ways",
        ),
        (["insight", "field", "portal", "contract"], REMINDERS, "phase_of"),
    ],
)
def test_consumer_goes_and_comes_back(odoo, used, leaving, rest, wanted):
    """The rest works without it; back again, what it adds to the rest is right."""
    uninstall(odoo, used, *(f"sale_collection_{name}" for name in leaving))
    night = "sale_collection/tests/night/test_run.py"
    run_tests(odoo, used, night, rest, "-k", f"whole_cycle or {wanted}")
    odoo.install(used, usual_addons(), log="test-reinstall.log")
    assert logs.check([log_file("test-reinstall.log")]) == []
    assert json.loads(run_inside(odoo, "tests.lifecycle.check", used)) == []


def test_uninstall_leaves_nothing(odoo, used):
    """Tables, columns, models, records and settings go; coming back works."""
    uninstall(odoo, used, *usual_addons())
    assert odoo.databases.sql(LEFT, used) == []
    odoo.install(used, usual_addons(), log="test-reinstall.log")
    assert logs.check([log_file("test-reinstall.log")]) == []
