from . import hold_condition
from . import order_ledger
