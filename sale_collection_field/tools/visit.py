"""Visits on plain values: what to take along, where to, and what waits for us."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from urllib.parse import quote
from zoneinfo import ZoneInfo

# A payment we did not come for waits so many days to be planned anew.
REPLAN_DAYS = 14
# Where people look a place up, by country; elsewhere by the first one.
MAPS = {
    "": "https://www.google.com/maps/search/?api=1&query=",
    "CN": "https://uri.amap.com/search?keyword=",
}
# Marks that part one document from the next one, and those a list begins with.
SEPARATORS = re.compile(r"[\n,;，；、]+")
BULLETS = "-*•· \t\r"


def split_documents(text: str | None) -> Sequence[str]:
    """Return the documents a text lists, each once.

    >>> split_documents("Delivery slip, signed statement\\n- delivery note;")
    ['Delivery slip', 'signed statement', 'delivery note']
    >>> split_documents("送货单、对账单，送货单"), split_documents(None)
    (['送货单', '对账单'], [])
    """
    parts = (part.strip(BULLETS) for part in SEPARATORS.split(text or ""))
    return list(dict.fromkeys(part for part in parts if part))


def get_map_link(address: str, country: str = "") -> str:
    """Return the page that shows an address, empty where there is none.

    >>> get_map_link("1 High St, Leeds", "GB")
    'https://www.google.com/maps/search/?api=1&query=1%20High%20St%2C%20Leeds'
    >>> get_map_link("", "CN"), get_map_link("A", "CN").partition("?")[0]
    ('', 'https://uri.amap.com/search')
    """
    return address and MAPS.get(country, MAPS[""]) + quote(address, safe="")


def get_moment(day: date, hour: float, zone: str) -> datetime:
    """Return a time of day in a zone as UTC, without zone as records keep it.

    >>> get_moment(date(2026, 7, 1), 9.5, "Europe/Paris").isoformat()
    '2026-07-01T07:30:00'
    """
    minutes = min(round(hour * 60), 24 * 60 - 1)
    clock = time(minutes // 60, minutes % 60)
    local = datetime.combine(day, clock, ZoneInfo(zone))
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def get_day_span(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of a day in a zone and that of the next one, in UTC.

    >>> [moment.day for moment in get_day_span(date(2026, 7, 1), "Asia/Shanghai")]
    [30, 1]
    """
    return get_moment(day, 0, zone), get_moment(day + timedelta(1), 0, zone)


def excuse(due: date, planned: date, is_done: bool) -> int:
    """Return for how many days after its date a payment waited for us.

    Until the day we planned to come for it; where nobody came, until there was time
    to plan it anew.

    >>> due = date(2026, 3, 10)
    >>> excuse(due, due, True), excuse(due, date(2026, 3, 13), True)
    (0, 3)
    >>> excuse(due, due, False), excuse(due, date(2026, 3, 8), True)
    (14, 0)
    """
    wait = 0 if is_done else REPLAN_DAYS
    return max(0, (planned - due).days + wait)
