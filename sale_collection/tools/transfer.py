"""What a bank transfer says."""

from collections.abc import Iterable

# What its reference has room for.
REFERENCE_CHARS = 140


def join_references(references: Iterable[str]) -> str:
    """Join references, as many as a transfer has room for.

    >>> join_references(["INV/1", "INV/2"])
    'INV/1, INV/2'
    >>> len(join_references(["INV/2026/00001"] * 20))
    126
    >>> len(join_references(["R" * 200]))
    140
    """
    text = ""
    for reference in references:
        longer = f"{text}, {reference}" if text else reference
        if len(longer) > REFERENCE_CHARS:
            return text or reference[:REFERENCE_CHARS]
        text = longer
    return text
