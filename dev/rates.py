"""Exchange rates of a ledger: the ones given, else a small round table."""

import csv
import re
from pathlib import Path

from .base import ROOT, Stop

#: US dollars for one unit, rounded: for demonstration, not for booking.
TABLE = ROOT / "dev" / "rates.csv"


def parse_rates(text):
    """Return {currency: company currency for one unit} of the option RATES.

    >>> parse_rates("CAD:0.76, EUR:1.1")
    {'CAD': 0.76, 'EUR': 1.1}
    >>> parse_rates("")
    {}
    """
    rates = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([A-Z]{3}):(\d+(?:\.\d+)?)", part)
        if not match or not float(match[2]):
            raise Stop(f"RATES: '{part}' is no rate, write for instance CAD:0.76.")
        rates[match[1]] = float(match[2])
    return rates


def read_table(path=TABLE):
    """Return {currency: US dollars for one unit} of the project's own table."""
    with Path(path).open() as file:
        return {row["currency"]: float(row["usd"]) for row in csv.DictReader(file)}


def company_rates(currencies, company_currency, given, table):
    """Return {currency: company currency for one unit} for ``currencies``.

    >>> company_rates({"CAD", "USD"}, "USD", {}, {"USD": 1, "CAD": 0.76})
    {'CAD': 0.76}
    >>> company_rates({"CAD"}, "EUR", {}, {"USD": 1, "CAD": 0.5, "EUR": 2})
    {'CAD': 0.25}
    """
    rates = {}
    for currency in sorted(set(currencies) - {company_currency}):
        if currency in given:
            rates[currency] = given[currency]
        elif currency in table and company_currency in table:
            rates[currency] = table[currency] / table[company_currency]
        else:
            raise Stop(
                f"The ledger has amounts in {currency} and no rate is known: give "
                f"one, for instance RATES={currency}:0.76."
            )
    return rates
