from . import backtest
from . import simulation
