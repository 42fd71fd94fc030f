from . import statement
from . import statement_xlsx
