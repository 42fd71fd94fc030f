from . import res_company
from . import receipt
from . import profile
