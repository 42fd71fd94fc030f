from . import account
from . import confirm
from . import dispute
from . import pay
from . import plan
from . import tell
