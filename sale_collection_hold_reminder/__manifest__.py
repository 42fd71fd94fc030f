{
    "name": "Sale Collection: holds by reminders",
    "summary": "A reminder step can hold the orders of a customer",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_hold", "sale_collection_reminder"],
    "data": [
        "data/ladder_data.xml",
        "views/ladder_views.xml",
    ],
}
