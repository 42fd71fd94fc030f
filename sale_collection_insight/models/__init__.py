from . import debt_class
from . import dispute
from . import promise
from . import res_company
from . import res_config_settings
