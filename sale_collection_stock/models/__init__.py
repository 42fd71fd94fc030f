from . import order_facts
from . import ir_module_module
from . import product_product
from . import product_template
from . import sale_order
from . import sale_order_line
from . import stock_move
from . import stock_picking
