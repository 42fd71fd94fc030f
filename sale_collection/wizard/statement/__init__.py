from . import contact_log
from . import statement
