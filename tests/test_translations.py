"""The texts of the running application stand in its translation template."""

import polib
import pytest

from dev import logs, server
from dev.base import log_file

from .conftest import ROOT, own_database, run_inside


@pytest.fixture(scope="module")
def exported(odoo, database, tmp_path_factory):
    """Return the folder of templates as Odoo exports them."""
    folder = tmp_path_factory.mktemp("texts")
    export = "dev.inside.texts"
    run_inside(odoo, export, database, folder, *server.usual_addons())
    with own_database(odoo, "whole") as whole:
        odoo.install(whole, server.APART, log="test-whole.log")
        assert logs.check([log_file("test-whole.log")]) == []
        run_inside(odoo, export, whole, folder, *server.APART)
    return folder


def texts(folder, addon):
    """Return the texts of an addon's template in a folder."""
    return {entry.msgid for entry in polib.pofile(str(folder / f"{addon}.pot"))}


@pytest.mark.parametrize("addon", server.addons())
def test_template_is_up_to_date(exported, addon):
    """The committed template has exactly the texts Odoo exports (make i18n)."""
    assert texts(exported, addon) == texts(ROOT / addon / "i18n", addon)
