"""The made-up companies of ``make demo``: what differs from country to country."""

from ..base import Stop
from .chinese import CHINESE
from .english import ENGLISH

LOCALES = {locale.code: locale for locale in (ENGLISH, CHINESE)}


def find_locale(code):
    """Return the made-up company of the option LOCALE; the English one without.

    >>> find_locale("").code, find_locale("zh_CN").currency
    ('en_US', 'CNY')
    """
    found = LOCALES.get(code or ENGLISH.code)
    if not found:
        raise Stop(
            f"LOCALE={code}: there is no such demo company, choose "
            f"{' or '.join(LOCALES)}."
        )
    return found
