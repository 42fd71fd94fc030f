from . import history_import
from . import history_import_column
from . import bounce_register
from . import extension_reject
