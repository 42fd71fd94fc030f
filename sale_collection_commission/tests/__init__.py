from . import test_commission
from . import test_commission_plan
from . import test_commission_fixtures
from . import test_commission_property
from . import test_settlement
from . import test_settlement_desk
from . import test_commission_view
from . import test_settlement_tour
