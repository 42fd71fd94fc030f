from . import contact_log
from . import notice_refuse
from . import account_payment_register
from . import sign
from . import day_sheet
