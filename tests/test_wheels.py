"""The wheels install with pip on an Odoo that has none of the addons."""

import os
import subprocess

from dev import lint, logs, venv
from dev.base import log_file
from dev.server import addons, usual_addons

from .conftest import ROOT

INSTALLED = "SELECT name FROM ir_module_module WHERE state = 'installed'"


def test_install_from_wheels(odoo, tmp_path):
    """pip brings all addons; the application brings those along that can be."""
    folder = tmp_path / "site"
    command = [venv.PYTHON, "-m", "pip", "install", "--no-deps", "--no-index"]
    subprocess.run(
        [*command, "--quiet", "--target", folder, *lint.build_wheels()], check=True
    )
    config = tmp_path / "odoo.conf"
    config.write_text(odoo.config.read_text().replace(f"{ROOT},", ""))
    env = odoo.environment() | {"ODOO_RC": str(config), "PYTHONPATH": str(folder)}
    name, log = f"test-wheels-{os.getpid()}", log_file("test-wheels.log")
    odoo.copy(odoo.base_template(), name)
    try:
        flags = ("--stop-after-init", "--no-http", "--log-level=warn")
        with log.open("w") as output:
            subprocess.run(
                odoo.command("-d", name, "-i", "sale_collection", *flags),
                cwd=tmp_path,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=True,
            )
        assert logs.check([log]) == []
        installed = {row[0] for row in odoo.databases.sql(INSTALLED, name)}
        assert [name for name in addons() if name in installed] == usual_addons()
    finally:
        odoo.drop(name)
