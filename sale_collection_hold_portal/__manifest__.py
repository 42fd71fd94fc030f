{
    "name": "Sale Collection: orders that wait, on the portal",
    "summary": "Customers pay what frees an order; rules on balances they confirmed",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_hold", "sale_collection_portal"],
    "data": [
        "views/order_templates.xml",
    ],
}
