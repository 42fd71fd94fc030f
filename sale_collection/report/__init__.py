from . import profile
from . import grade
from . import contact
from . import promise
from . import statement
from . import desk
