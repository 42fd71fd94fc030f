from . import core
from . import plan
from . import entry
from . import settlement
