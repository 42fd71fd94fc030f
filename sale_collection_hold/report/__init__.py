from . import decision
from . import hold_effect
