from . import res_company
from . import queue
from . import receipt
from . import profile
from . import receipt_sync
from . import account_partial_reconcile
from . import account_move
from . import account_move_line
