"""The texts of the running application stand in its translation template."""

import subprocess

import polib
import pytest

from dev import logs, server
from dev.base import log_file

from .conftest import ROOT, own_database


@pytest.fixture(scope="module")
def whole(odoo):
    """Yield the name of a database that has the addons apart as well."""
    with own_database(odoo, "whole") as name:
        odoo.install(name, server.APART, log="test-whole.log")
        assert logs.check([log_file("test-whole.log")]) == []
        yield name


@pytest.mark.parametrize("addon", server.addons())
def test_template_is_up_to_date(request, odoo, addon, tmp_path):
    """The committed template has exactly the texts Odoo exports (make i18n)."""
    kind = "whole" if addon in server.APART else "database"
    database = request.getfixturevalue(kind)
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
