from . import test_cost
from . import test_delivery
from . import test_limited_supply
from . import test_neighbours
from . import test_own_supply
from . import test_supply
from . import test_tour
from . import test_uninstall
