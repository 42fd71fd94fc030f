from . import contract_line
from . import hold_condition
from . import order_ledger
