from . import contact
from . import desk
from . import profile
from . import res_partner
from . import res_users
from . import run
from . import work_rule
