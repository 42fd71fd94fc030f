from . import first_day
from . import hold_condition
from . import hold_rule
from . import hold_switch
from . import hold_trial
