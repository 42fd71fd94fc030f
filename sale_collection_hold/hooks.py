from odoo.addons.sale_collection.hooks import drop_restrictions


def post_init_hook(env):
    """Bring what customers and open orders show up to date on a database in use.

    Rules ship archived: installing alone stops no order.
    """
    facts = env["sale.collection.order.facts"]
    profiles = env["sale.collection.profile"]
    for company in env["res.company"].search([("parent_id", "=", False)]):
        here = profiles.with_company(company)
        here.search([("company_id", "=", company.id)])._refresh_hold_state()
        facts.with_company(company)._find_open_orders(company)._collection_recheck()


def uninstall_hook(env):
    """Let the records of the data files be deleted in any order."""
    drop_restrictions(env, "sale_collection_hold")
