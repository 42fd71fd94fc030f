"""The nightly run survives the death of its process, wherever it dies."""

import json
import os
import subprocess

import pytest

from dev import venv

from .conftest import ROOT


@pytest.fixture
def fresh(odoo):
    """Yield the name of a database of its own with the addons."""
    name = f"test-night-{os.getpid()}"
    template = os.environ.get("SALE_COLLECTION_TEMPLATE")
    if template:
        odoo.copy(template, name)
    else:
        odoo.fresh(name)
    yield name
    odoo.drop(name)


def test_killed_and_restarted(odoo, fresh):
    """Killed in every part of the night: nobody is asked twice, nobody forgotten."""
    run = subprocess.run(
        [venv.PYTHON, "-m", "tests.crash.night", fresh],
        cwd=ROOT,
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    assert len(outcome["killed"]) >= 5, run.stderr
    assert outcome["wrong"] == []
