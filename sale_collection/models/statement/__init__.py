from . import profile
from . import money_notice
from . import money_notice_rep
from . import profile_money
from . import res_partner
