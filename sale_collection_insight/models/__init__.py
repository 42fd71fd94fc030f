from . import debt_class
from . import res_company
from . import res_config_settings
