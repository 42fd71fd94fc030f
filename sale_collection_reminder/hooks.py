from odoo.addons.sale_collection.hooks import drop_restrictions


def post_init_hook(env):
    """Set the stage of every profile."""
    env["sale.collection.profile"].search([])._refresh_stage()


def uninstall_hook(env):
    """Let the records of the data files be deleted in any order."""
    drop_restrictions(env, "sale_collection_reminder")
