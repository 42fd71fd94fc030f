from . import test_contract
from . import test_contract_night
from . import test_contract_plan
from . import test_contract_roles
from . import test_takeover
