from . import test_balance_hold
