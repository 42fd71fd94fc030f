from . import contract_line
from . import run
from . import sale_order
from . import takeover
