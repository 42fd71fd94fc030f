from . import test_desk
from . import test_first_day
