from . import target
from . import target_line
from . import measure
