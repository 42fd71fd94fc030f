from . import reminder_letter
from . import timeline
