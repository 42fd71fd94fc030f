from . import dry_run
from . import dry_run_line
from . import instalment_dialog
from . import reminder_drop
from . import reminder_now
from . import reminder_preview
from . import reminder_preview_line
from . import snooze_dialog
