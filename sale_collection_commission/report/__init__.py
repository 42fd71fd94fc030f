from . import commission_report
from . import decision
from . import open_item
from . import settlement_missing
