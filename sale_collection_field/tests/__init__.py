from . import test_notice
from . import test_notice_money
from . import test_notice_roles
from . import test_notice_tour
from . import test_bill
from . import test_bill_consumers
from . import test_visit
from . import test_visit_tour
