from . import target
from . import target_line
from . import measure
from . import res_company
from . import forecast
from . import run
from . import early_warning
