from . import aging
from . import open_item
from . import tail
from . import reason_report
from . import open_item_risk
from . import statement
from . import statement_xlsx
from . import reminder_letter
