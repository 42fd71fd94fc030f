from . import res_company
from . import forecast
from . import run
from . import early_warning
