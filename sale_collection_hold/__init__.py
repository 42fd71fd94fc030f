from . import models
from . import wizard
from . import report


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
