from . import dry_run
from . import dry_run_line
