"""Takes the time of calls."""

import time
from statistics import median
from unittest.mock import patch

ROUNDS = 5


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def middle(call, rounds=ROUNDS):
    """Return the median of the seconds ``call`` takes, after one run unmeasured."""
    call()
    return median(seconds(call) for _round in range(rounds))


def today_is(env, day):
    """Let companies take ``day`` for today, for as long as the context is open."""
    return patch.object(type(env.company), "_collection_today", lambda company: day)
