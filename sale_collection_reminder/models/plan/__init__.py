from . import first_day
from . import grade
from . import ladder
from . import ladder_entry
from . import ladder_step
