from . import expected_payment
from . import open_item
from . import support_report
from . import timeline
