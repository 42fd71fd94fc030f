from . import test_balance_hold
from . import test_ways
