{
    "name": "Sale Collection: contract plans",
    "summary": "What of an order is to be invoiced and paid when",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "auto_install": True,
    "depends": ["sale_collection"],
    "data": [
        "security/ir.model.access.csv",
        "security/contract_rules.xml",
        "data/mail_activity_type_data.xml",
        "views/contract_line_views.xml",
        "views/sale_order_views.xml",
        "views/menus.xml",
    ],
}
