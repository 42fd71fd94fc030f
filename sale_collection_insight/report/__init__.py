from . import forecast_line
from . import open_item
