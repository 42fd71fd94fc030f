from . import core
from . import plan
from . import reminder
from . import customer
