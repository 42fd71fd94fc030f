from . import limitation_rule
