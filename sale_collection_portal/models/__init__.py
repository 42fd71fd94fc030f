from . import account_move_line
from . import confirmation
from . import open_item
from . import payment_transaction
from . import profile
from . import res_company
from . import res_config_settings
from . import res_partner
