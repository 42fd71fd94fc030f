{
    "name": "Sale Collection: holds and the portal",
    "summary": "Supply rules on balances that customers confirmed or denied",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_hold", "sale_collection_portal"],
}
