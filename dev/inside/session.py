"""Opens a database of Odoo for the programs in this folder."""

from contextlib import contextmanager

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


@contextmanager
def environment(database):
    """Yield the superuser's environment of ``database``; commit at the end."""
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
    odoo.sql_db.close_all()
