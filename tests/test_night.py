"""The nightly run survives the death of its process, wherever it dies."""

import json

from .conftest import run_inside


def test_killed_and_restarted(odoo, fresh):
    """Killed in every part of the night: nobody is asked twice, nobody forgotten."""
    outcome = json.loads(run_inside(odoo, "tests.crash.night", fresh))
    assert len(outcome["killed"]) >= 5
    assert outcome["wrong"] == []
