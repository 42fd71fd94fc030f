from . import aging
from . import timeline
