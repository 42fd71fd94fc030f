from . import open_item_risk
from . import timeline
