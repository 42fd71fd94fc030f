{
    "name": "Sale Collection: holds by contract plans",
    "summary": "Supply waits while a part of the collection plan is unpaid",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_hold", "sale_collection_contract"],
}
