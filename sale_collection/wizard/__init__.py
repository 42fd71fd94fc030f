from . import history_import
from . import simulation
