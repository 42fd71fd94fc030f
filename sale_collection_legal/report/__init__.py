from . import open_item
from . import timeline
