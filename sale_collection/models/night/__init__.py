from . import run
from . import run_phase
from . import run_error
from . import run_watch
