from . import test_rate
from . import test_target_gap
