from . import test_hold
from . import test_hold_desk
from . import test_hold_rules_desk
from . import test_hold_tour
from . import test_own_order
from . import test_hold_confirm
from . import test_uninstall
from . import test_hold_roles
