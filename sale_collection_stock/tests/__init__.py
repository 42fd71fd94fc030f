from . import test_delivery
from . import test_limited_supply
from . import test_neighbours
from . import test_supply
from . import test_tour
from . import test_uninstall
from . import test_stock_roles
