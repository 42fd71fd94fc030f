from . import core
from . import rule
from . import order
from . import hold
