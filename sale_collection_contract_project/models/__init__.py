from . import contract_line
from . import project_milestone
from . import project_project
from . import sale_order
