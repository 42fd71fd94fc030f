"""Loads ``sale_collection/tools`` as ``collection_tools``: no Odoo, no addon import.

Benchmarks find it as ``tools``, as when they are run.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "sale_collection" / "tools"


def _load_tools():
    spec = spec_from_file_location(
        "collection_tools",
        TOOLS / "__init__.py",
        submodule_search_locations=[str(TOOLS)],
    )
    package = module_from_spec(spec)
    sys.modules[spec.name] = package
    spec.loader.exec_module(package)


_load_tools()
sys.path.append(str(TOOLS.parent))
