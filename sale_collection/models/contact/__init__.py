from . import reason
from . import contact
from . import dispute
from . import dispute_line
from . import write_off
from . import profile
from . import account_move
from . import res_partner
