"""Gets Odoo 19, its Python packages and PostgreSQL ready. Standard library only."""
