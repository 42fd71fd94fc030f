"""Makes the formulas of the addons importable without Odoo, under their real names."""

import sys
from types import ModuleType

from .base import ROOT


def addons():
    """Return the names of the addons that have formulas."""
    return sorted(path.parent.parent.name for path in ROOT.glob("*/tools/__init__.py"))


def modules():
    """Return the names of all modules of formulas."""
    return [
        f"odoo.addons.{addon}.tools.{path.stem}"
        for addon in addons()
        for path in sorted((ROOT / addon / "tools").glob("[a-z]*.py"))
    ]


def load():
    """Stand in for `odoo.addons` and the addons in this process.

    Afterwards ``from odoo.addons.<addon>.tools.<module> import ...`` runs the formulas
    alone; the addons around them, which need Odoo, are not loaded.
    """
    _stand_in("odoo", [])
    _stand_in("odoo.addons", [])
    for addon in addons():
        _stand_in(f"odoo.addons.{addon}", [str(ROOT / addon)])


def _stand_in(name, path):
    module = ModuleType(name)
    module.__path__ = path
    sys.modules[name] = module
