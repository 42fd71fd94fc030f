from . import base_module_uninstall
from . import hold_confirm
from . import hold_message
from . import hold_preview
from . import hold_preview_line
from . import hold_preview_rule
from . import hold_release
