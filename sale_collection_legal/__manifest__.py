{
    "name": "Sale Collection: last resort",
    "summary": "Limitation, final demand, hand-over to agency or court, bad debts",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "auto_install": True,
    "depends": ["sale_collection"],
    "data": [
        "security/ir.model.access.csv",
        "data/limitation_rule_data.xml",
        "views/limitation_rule_views.xml",
        "views/evidence_views.xml",
        "views/menus.xml",
    ],
}
