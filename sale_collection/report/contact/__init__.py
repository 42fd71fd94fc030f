from . import tail
from . import reason_report
from . import timeline
