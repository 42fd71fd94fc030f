from . import profile
from . import money_notice
from . import res_partner
