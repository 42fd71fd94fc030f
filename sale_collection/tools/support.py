"""What becomes of support for a promise: what we give so that a customer pays."""


def find_state(timing: str, is_given: bool, promise_state: str) -> str:
    """Return the state of support by what became of its promise.

    ``timing`` is `before` or `after` the payment. Support before it is owed while the
    promise stands, after it once the promise is kept. What is given is gone, whatever
    comes then.

    >>> [find_state("after", False, state) for state in ("open", "kept", "broken")]
    ['planned', 'released', 'forfeited']
    >>> [find_state("before", False, state) for state in ("open", "kept", "partial")]
    ['released', 'released', 'forfeited']
    >>> find_state("before", True, "broken"), find_state("before", False, "draft")
    ('given', 'planned')
    >>> find_state("after", False, "superseded")
    'cancelled'
    """
    if is_given:
        return "given"
    if promise_state in ("cancelled", "superseded"):
        return "cancelled"
    if promise_state in ("partial", "broken"):
        return "forfeited"
    if promise_state == "kept" or (timing == "before" and promise_state == "open"):
        return "released"
    return "planned"
