"""Builds the bundles of the web client: ``python -m dev.inside.assets DATABASE``.

A browser that asks for them first waits for seconds, longer than a test may.
"""

import sys

from .session import environment

BUNDLES = ("web.assets_web", "web.assets_tests", "web.assets_frontend")


def build_assets(env):
    """Keep the scripts and styles of the bundles as attachments of the database."""
    for name in BUNDLES:
        env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
        env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        build_assets(env)
