"""Formulas are tested alone: no Odoo, no database.

Benchmarks find those of the base as ``tools``, as when they are run.
"""

import sys

from hypothesis import settings

from dev import pure
from dev.base import ROOT

pure.load()
sys.path.append(str(ROOT / "sale_collection"))
# No test is about time: a busy machine must not fail one.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
