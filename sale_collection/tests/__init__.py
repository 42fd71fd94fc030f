from . import test_ledger
from . import test_history
from . import test_history_tour
from . import test_bounce
from . import test_ledger_property
