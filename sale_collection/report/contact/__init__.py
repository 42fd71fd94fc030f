from . import decision
from . import open_item
from . import tail
from . import reason_report
from . import timeline
