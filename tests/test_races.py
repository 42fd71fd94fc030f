"""Two sessions at once: whoever comes first, the ledger is right afterwards."""

import json
import subprocess

from dev import venv

from .conftest import ROOT

ROUNDS = 5


def test_races_on_the_ledger(odoo, database):
    """Five rounds of each race leave no line with wrong money."""
    run = subprocess.run(
        [venv.PYTHON, "-m", "tests.races.ledger", database, str(ROUNDS)],
        cwd=ROOT,
        env=odoo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert results == [
        {"race": race, "rounds": ROUNDS, "wrong": []}
        for race in (
            "race_two_payments",
            "race_payment_and_undo",
            "race_sync_and_audit",
        )
    ]
