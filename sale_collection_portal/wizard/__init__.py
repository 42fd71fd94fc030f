from . import objection_reject
from . import paper_answer
from . import pay_link
from . import plan_refuse
from . import statement
