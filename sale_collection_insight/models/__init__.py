from . import res_company
from . import forecast
from . import run
