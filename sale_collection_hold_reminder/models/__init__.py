from . import hold_rule
from . import ladder_step
from . import profile
from . import reminder_preview_line
