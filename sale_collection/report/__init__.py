from . import profile
from . import contact
from . import promise
from . import statement
