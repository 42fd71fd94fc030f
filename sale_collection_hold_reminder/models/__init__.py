from . import hold_condition
from . import hold_rule
from . import ladder_step
from . import order_facts
