from . import test_rate
from . import test_target_gap
from . import test_forecast
from . import test_early_warning
