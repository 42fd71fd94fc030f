from . import forecast_line
