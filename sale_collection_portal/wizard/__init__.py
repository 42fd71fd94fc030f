from . import pay_link
from . import statement
