"""Programs that run with Odoo's Python on one database."""
