from . import aging_open
from . import partner_merge
