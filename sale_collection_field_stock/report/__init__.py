from . import visit_sheet
