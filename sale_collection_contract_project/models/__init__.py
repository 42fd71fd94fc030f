from . import contract_line
from . import project_milestone
