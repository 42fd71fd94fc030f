from . import contact_log
from . import takeover_dialog
from . import takeover_dialog_line
