from . import simulation
from . import simulation_line
from . import backtest
from . import backtest_line
from . import credit_terms
