from . import evidence
from . import limitation_rule
