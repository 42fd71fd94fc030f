from . import test_account
from . import test_balance_property
from . import test_confirmation
from . import test_demo
from . import test_pay
from . import test_roles
from . import test_tell
from . import test_tour
