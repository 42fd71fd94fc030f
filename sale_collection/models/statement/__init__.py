from . import profile
from . import evidence
from . import acknowledgement
from . import money_notice
from . import mail_scheduled_message
from . import res_partner
