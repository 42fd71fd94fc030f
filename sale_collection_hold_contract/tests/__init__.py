from . import test_plan_hold
