from . import test_slips
