from . import history_import
from . import simulation
from . import aging_open
from . import credit_terms
from . import partner_merge
from . import bounce_register
from . import contact_log
from . import contact_log_line
