from . import test_money_notice
from . import test_reminder
from . import test_reminder_guards
from . import test_reminder_text
from . import test_reminder_desk
from . import test_reminder_tour
from . import test_reminder_roles
from . import test_reminder_money
