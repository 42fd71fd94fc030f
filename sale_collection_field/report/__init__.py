from . import aging
from . import timeline
from . import visit_sheet
