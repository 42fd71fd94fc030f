from . import account
from . import statement_xlsx
