"""Formulas are tested alone: no Odoo, no database.

Benchmarks find those of the base as ``tools``, as when they are run.
"""

import sys

from dev import pure
from dev.base import ROOT

pure.load()
sys.path.append(str(ROOT / "sale_collection"))
