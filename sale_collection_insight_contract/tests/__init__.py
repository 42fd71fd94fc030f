from . import test_planned
