"""Takes the time of calls."""

import time
from statistics import median

ROUNDS = 5


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def middle(call, rounds=ROUNDS):
    """Return the median of the seconds ``call`` takes, after one run unmeasured."""
    call()
    return median(seconds(call) for _round in range(rounds))
