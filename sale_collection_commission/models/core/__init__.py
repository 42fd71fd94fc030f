from . import first_day
from . import ir_ui_menu
from . import res_company
from . import res_config_settings
from . import res_users
