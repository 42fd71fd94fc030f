from . import profile
from . import money_notice
