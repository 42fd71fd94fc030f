"""Keeps companies ready for tests: ``python -m dev.inside.spare DATABASE``.

Loading a chart of accounts takes seconds, which each test class would wait for.
"""

import sys

from odoo.modules import module

from .session import environment

#: How the tests know a company that none of them has taken.
NAME = "Spare company"
COUNT = 2


def keep_companies(env):
    """Make companies as the tests of accounting do."""
    # Core gives companies of tests, and no others, a warehouse of their own.
    module.current_test = True
    names = [{"name": f"{NAME} {number}"} for number in range(COUNT)]
    companies = env["res.company"].create(names)
    for company in companies:
        env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        company.account_fiscal_country_id = env.ref("base.us")


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        keep_companies(env)
