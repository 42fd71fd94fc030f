"""What a made-up company consists of in one language.

Everything here is invented: places that do not exist, numbers nobody can have and
domains that are reserved for examples.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a customer sits."""

    street: str
    city: str
    zip: str


class Person(NamedTuple):
    """Somebody to talk to; ``mailbox`` is the part of an address before the @."""

    name: str
    mailbox: str


class Locale(NamedTuple):
    """The names, places and money of one made-up company."""

    code: str
    #: Country and template of the chart of accounts, with the module it is in.
    country: str
    chart: str
    chart_module: str | None
    currency: str
    foreign_currency: str
    #: Amounts of the English company times this are usual here.
    factor: int
    time_zone: str
    #: Hour of the day in UTC at which things happen.
    hour: int
    company: dict
    bank_account: str
    #: Login -> name of the users.
    users: dict
    #: Parts of the names of customers, and how they are put together.
    firsts: tuple
    seconds: tuple
    name: str
    given: tuple
    family: tuple
    person: str
    streets: tuple
    cities: tuple
    phones: tuple
    #: What is sold, in the order of the trades of the customers.
    goods: tuple
    #: Texts of the stories: English -> this language; None: they are English.
    words: dict | None

    def say(self, text, **values):
        """Return a text of the stories in this language.

        >>> from dev.locales.english import ENGLISH
        >>> ENGLISH.say("Reps %(year)s", year=2026)
        'Reps 2026'
        """
        return (text if self.words is None else self.words[text]) % values

    def money(self, amount):
        """Return an amount of the English company as it is usual here."""
        return amount * self.factor

    def name_customer(self, number):
        """Return the name of the customer with a number from 1 on."""
        turn = number - 1
        first = self.firsts[turn % len(self.firsts)]
        second = self.seconds[turn // len(self.firsts) % len(self.seconds)]
        return self.name.format(first=first, second=second)

    def name_person(self, number):
        """Return the person with a number from 0 on, each time another one."""
        given = number % len(self.given)
        family = (number // len(self.given) + number) % len(self.family)
        name = self.person.format(given=self.given[given], family=self.family[family])
        mailbox = _mailbox(name) if self.words is None else f"person{number + 1}"
        return Person(name, mailbox)

    def find_place(self, number):
        """Return where customer ``number`` sits."""
        city = number % len(self.cities)
        street = self.streets[number % len(self.streets)]
        return Place(
            street.format(number=3 + number * 7 % 180),
            self.cities[city],
            # No post office has these.
            f"000{10 + city}" if self.country == "us" else f"0000{10 + city}",
        )

    def find_phone(self, number):
        """Return a number for fiction; all of the first hundreds differ."""
        area, line = divmod(number, 100)
        return self.phones[area % len(self.phones)].format(line=line)

    def find_goods(self, number):
        """Return what customer ``number`` buys."""
        return self.goods[(number - 1) // len(self.firsts) % len(self.goods)]


def _mailbox(name):
    """Return the part of an address before the @.

    >>> _mailbox("Ann O'Field")
    'ann.ofield'
    """
    return ".".join("".join(filter(str.isalpha, part)).lower() for part in name.split())
