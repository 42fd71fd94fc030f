from . import aging
from . import open_item
