"""Makes the demo company: its country, accounts, currencies and customers."""

from odoo.fields import Command

#: Before every ledger: one rate for all of it.
RATE_DATE = "2000-01-01"


def set_up_company(env, currency, rates, today):
    """Give the database's company its currency, accounts and rates."""
    company = env.company
    env["res.currency"]._activate_group_multi_currency()
    own = _activate(env, currency)
    company.write(
        {
            "name": "Harbour Trading",
            "country_id": env.ref("base.us").id,
            "account_use_credit_limit": True,
        }
    )
    env["account.chart.template"].try_loading("generic_coa", company)
    # After the chart, which gives the company the currency of its country.
    company.currency_id = own
    for code, rate in rates.items():
        env["res.currency.rate"].create(
            {
                "currency_id": _activate(env, code).id,
                "company_id": company.id,
                "name": RATE_DATE,
                "rate": 1 / rate,
            }
        )
    _keep_given_numbers(env, today)
    _book_payments(env, company)


def _activate(env, code):
    currency = env["res.currency"].with_context(active_test=False)
    currency = currency.search([("name", "=", code)], limit=1)
    if not currency:
        raise SystemExit(f"Odoo knows no currency {code}: correct the ledger.")
    currency.active = True
    return currency


def _keep_given_numbers(env, today):
    """Let invoices keep the numbers of the ledger, also when their dates move.

    Core wants the year in a number to be the year of the invoice, from this day on.
    """
    env["ir.config_parameter"].set_param(
        "sequence.mixin.constraint_start_date", today.isoformat()
    )


def _book_payments(env, company):
    """Let payments have entries: without an outstanding account they have none."""
    bank = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    account = env["account.account"].create(
        {
            "name": "Outstanding receipts",
            "code": "101410",
            "account_type": "asset_current",
            "reconcile": True,
            "company_ids": [Command.set(company.ids)],
        }
    )
    bank.inbound_payment_method_line_ids.payment_account_id = account


def make_customers(env, refs, names, limits, sellers):
    """Return {reference: partner id} of new customers, shared out to ``sellers``."""
    refs = sorted(refs)
    # Nobody needs a mail for each customer given to a salesperson.
    Partner = env["res.partner"].with_context(mail_auto_subscribe_no_notify=True)
    partners = Partner.create(
        [
            {
                "name": names.get(ref, ref),
                "ref": ref,
                "is_company": True,
                "customer_rank": 1,
                "user_id": sellers[number % len(sellers)],
            }
            for number, ref in enumerate(refs)
        ]
    )
    for partner in partners:
        if partner.ref in limits:
            partner.write(
                {"use_partner_credit_limit": True, "credit_limit": limits[partner.ref]}
            )
    return dict(zip(refs, partners.ids, strict=True))
