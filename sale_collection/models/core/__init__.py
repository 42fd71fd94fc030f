from . import res_company
from . import res_company_night
from . import queue
from . import contact_role
from . import res_config_settings
from . import res_config_settings_night
from . import lock
