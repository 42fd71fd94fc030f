"""What the tests of installing and uninstalling run inside Odoo."""
