"""Writes templates of texts: ``python -m dev.inside.texts DATABASE FOLDER ADDON ...``.

One start of Odoo for all of them: ``i18n export`` would take one for each.
"""

import sys
from pathlib import Path

from odoo.tools.translate import trans_export

from .session import environment


def export(env, folder, addons):
    """Write FOLDER/ADDON.pot for each addon."""
    for addon in addons:
        with (Path(folder) / f"{addon}.pot").open("wb") as template:
            trans_export(None, [addon], template, "po", env)


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        export(env, sys.argv[2], sys.argv[3:])
