from . import contact_log
