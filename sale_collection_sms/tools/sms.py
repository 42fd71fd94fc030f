"""What a text message comes to: its characters, its parts, its words."""

import re
from collections.abc import Mapping

try:
    import phonenumbers
except ImportError:  # optional, as for core: then every number may be a mobile one
    phonenumbers = None

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of them is sent as two characters.
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
# Characters of a single message, and of each part of a longer one.
GSM_LENGTHS = (160, 153)
UCS2_LENGTHS = (70, 67)
# Spaces that one typed space stands for, and marks nobody sees: amounts hold them.
SPACES = re.compile("[\u00a0\u2007\u2009\u202f]")
MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def count_parts(text: str) -> int:
    """Return as how many messages a text is sent and paid for.

    Characters of the GSM alphabet take 7 bits, 160 of them a message; a single other
    one has all of them sent in 16 bits, 70 a message. Longer texts lose some to the
    numbers of their parts, and no character is cut in two.

    >>> [count_parts("a" * length) for length in (0, 1, 160, 161, 306, 307)]
    [0, 1, 1, 2, 2, 3]
    >>> [count_parts("付" * length) for length in (70, 71, 134, 135)]
    [1, 2, 2, 3]

    A euro is two characters, and goes to the next part whole:

    >>> [count_parts("€" * 80), count_parts("€" * 81)]
    [1, 2]
    >>> count_parts("a" * 152 + "€" + "a" * 152), count_parts("a" * 153 + "€" * 76)
    (3, 2)

    So is a character beyond the first 65,536:

    >>> [count_parts("😀" * 35), count_parts("😀" * 36)]
    [1, 2]
    >>> count_parts("a" * 66 + "😀" * 34)
    3
    """
    if GSM_BASIC.union(GSM_EXTENDED).issuperset(text):
        sizes = [2 if char in GSM_EXTENDED else 1 for char in text]
        single, part = GSM_LENGTHS
    else:
        sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
        single, part = UCS2_LENGTHS
    if sum(sizes) <= single:
        return 1 if sizes else 0
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > part:
            parts, filled = parts + 1, 0
        filled += size
    return parts


def fill(text: str, values: Mapping[str, str], link: str = "") -> str:
    """Return a text with its values, and at its end where to pay.

    Spaces as amounts hold them become plain: one of them would more than double what
    the message costs.

    >>> fill("{company}: {amount} is due.", {"company": "Acme", "amount": "10\u00a0€"})
    'Acme: 10 € is due.'
    >>> fill("Pay {amount}:", {"amount": "$ 10"}, "https://x.com/1")
    'Pay $ 10: https://x.com/1'
    """
    filled = PLACEHOLDER.sub(lambda found: values[found[1]], text)
    filled = MARKS.sub("", SPACES.sub(" ", filled)).strip()
    return f"{filled} {link}" if link else filled


def find_unknown(text: str, known) -> list[str]:
    """Return the placeholders of a text that nothing is known for, in order.

    >>> find_unknown("{company} {sum} {}", ["company", "amount"])
    ['{sum}', '{}']
    """
    return [found[0] for found in PLACEHOLDER.finditer(text) if found[1] not in known]


def is_mobile(number: str) -> bool:
    """Return whether a number, as `+15550100`, can get a text message.

    Where numbers cannot be told apart, as in the United States, and without the
    library that knows them, any number may.
    """
    if phonenumbers is None:
        return True
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    kinds = phonenumbers.PhoneNumberType
    return kind not in (
        kinds.FIXED_LINE,
        kinds.TOLL_FREE,
        kinds.PREMIUM_RATE,
        kinds.SHARED_COST,
    )
