from . import aging_open
