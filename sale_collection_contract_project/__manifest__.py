{
    "name": "Sale Collection: contract plans by milestones",
    "summary": "A part of a collection plan is due when its milestone is reached",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_contract", "sale_project"],
    "data": ["views/contract_line_views.xml", "views/sale_order_views.xml"],
    "uninstall_hook": "uninstall_hook",
}
