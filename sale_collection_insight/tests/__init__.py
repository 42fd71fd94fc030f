from . import test_level_roles
from . import test_level
from . import test_provision
from . import test_recovery
from . import test_work
