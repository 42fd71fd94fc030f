from . import aging_open
from . import credit_terms
from . import extension_ask
from . import partner_merge
from . import history_import
