from . import aging
from . import level
from . import reason_report
from . import recovery
from . import work
