from . import rate
from . import target_customer
from . import forecast_line
from . import open_item
