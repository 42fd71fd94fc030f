from . import backtest
from . import simulation
from . import prompt_offer
