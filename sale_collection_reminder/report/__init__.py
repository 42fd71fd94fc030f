from . import open_item
from . import reminder_effect
from . import reminder_letter
from . import timeline
