"""Makes the demo company: its country, accounts, currencies and customers."""

from odoo.fields import Command

from .. import rates

#: Before every ledger: one rate for all of it.
RATE_DATE = "2000-01-01"


def set_up_company(env, locale, currency, table, today):
    """Give the database's company its address, currency, accounts and rates."""
    company = env.company
    env["res.currency"]._activate_group_multi_currency()
    own = _activate(env, currency)
    company.write(
        {
            **locale.company,
            "country_id": env.ref(f"base.{locale.country}").id,
            "account_use_credit_limit": True,
        }
    )
    env["account.chart.template"].try_loading(locale.chart, company)
    # After the chart, which gives the company the currency of its country.
    company.currency_id = own
    env["product.pricelist"].search([]).currency_id = own
    for code, rate in table.items():
        env["res.currency.rate"].create(
            {
                "currency_id": _activate(env, code).id,
                "company_id": company.id,
                "name": RATE_DATE,
                "rate": 1 / rate,
            }
        )
    _keep_given_numbers(env, today)
    _book_payments(env, company, locale)


def speak(env, locale):
    """Install the language of a company, and the accounts of its country.

    :return: whether anything had to be installed
    """
    wanted = env["ir.module.module"].search([("name", "=", locale.chart_module)])
    if not wanted:
        return False
    wanted.button_immediate_install()
    lang = env["res.lang"].with_context(active_test=False)
    lang = lang.search([("code", "=", locale.code)])
    env["base.language.install"].create(
        {"lang_ids": [Command.set(lang.ids)], "overwrite": True}
    ).lang_install()
    return True


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


def _book_payments(env, company, locale):
    """Let payments have entries: without an outstanding account they have none."""
    bank = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    account = env["account.account"].create(
        {
            "name": locale.say("Outstanding receipts"),
            "code": "101410",
            "account_type": "asset_current",
            "reconcile": True,
            "company_ids": [Command.set(company.ids)],
        }
    )
    lines = bank.inbound_payment_method_line_ids + bank.outbound_payment_method_line_ids
    lines.payment_account_id = account
    bank.bank_account_id = env["res.partner.bank"].create(
        {"acc_number": locale.bank_account, "partner_id": company.partner_id.id}
    )


def make_customers(env, refs, sellers):
    """Return {reference: partner id} of new customers, shared out to ``sellers``."""
    refs = sorted(refs)
    # Nobody needs a mail for each customer given to a salesperson.
    Partner = env["res.partner"].with_context(mail_auto_subscribe_no_notify=True)
    partners = Partner.create(
        [
            {
                "name": ref,
                "ref": ref,
                "is_company": True,
                "customer_rank": 1,
                "user_id": sellers[number % len(sellers)],
            }
            for number, ref in enumerate(refs)
        ]
    )
    return dict(zip(refs, partners.ids, strict=True))


def find_rates(book, given):
    """Return {currency: company currency for one unit} of a ledger."""
    currencies = {row.currency for row in book.rows}
    return rates.company_rates(currencies, book.currency, given, rates.read_table())
