from . import history_import
from . import bounce_register
