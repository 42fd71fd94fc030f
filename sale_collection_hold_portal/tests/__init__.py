from . import test_ways
