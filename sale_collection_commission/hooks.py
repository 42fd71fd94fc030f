from odoo.addons.sale_collection.hooks import drop_restrictions


def post_init_hook(env):
    """Book commission on the money already in the ledger."""
    env["sale.collection.commission.entry"]._accrue()


def uninstall_hook(env):
    """Let the records of the data files be deleted in any order."""
    drop_restrictions(env, "sale_collection_commission")
