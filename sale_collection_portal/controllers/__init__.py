from . import account
from . import confirm
from . import pay
