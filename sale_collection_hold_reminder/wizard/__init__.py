from . import reminder_preview_line
