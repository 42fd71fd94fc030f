"""The texts of the running application stand in its translation template."""

import subprocess

import polib
import pytest

from dev import server

from .conftest import ROOT


@pytest.mark.parametrize("addon", server.addons())
def test_template_is_up_to_date(odoo, database, addon, tmp_path):
    """The committed template has exactly the texts Odoo exports (make i18n)."""
    exported = tmp_path / f"{addon}.pot"
    subprocess.run(
        odoo.command("i18n", "export", "-d", database, "-o", exported, addon),
        env=odoo.environment(),
        check=True,
        capture_output=True,
    )
    committed = polib.pofile(str(ROOT / addon / "i18n" / f"{addon}.pot"))
    assert {entry.msgid for entry in polib.pofile(str(exported))} == {
        entry.msgid for entry in committed
    }
