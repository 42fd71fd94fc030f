from . import reminder_effect
