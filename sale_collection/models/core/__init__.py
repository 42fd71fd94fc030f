from . import titled
from . import res_company
from . import append_only
from . import queue
from . import contact_role
from . import res_config_settings
from . import lock
