from . import contact_log
from . import contact_log_line
from . import promise_bulk
