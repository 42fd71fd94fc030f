from . import rate
from . import target_customer
