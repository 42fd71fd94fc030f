from . import settlement_missing
from . import commission_report
from . import open_item
