from . import test_step_hold
