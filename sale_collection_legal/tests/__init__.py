from . import test_limitation
from . import test_handover
from . import test_bad_debt
from . import test_legal_roles
from . import test_evidence
