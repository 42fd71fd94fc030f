from . import commission_customer
from . import commission_example
from . import commission_plan
from . import commission_plan_part
from . import commission_share
from . import commission_simulator
from . import target
