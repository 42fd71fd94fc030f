{
    "name": "Sale Collection: supply",
    "summary": "Goods of orders on hold wait until credit allows",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "auto_install": True,
    "depends": ["sale_collection_hold", "sale_stock"],
    "post_init_hook": "post_init_hook",
    "data": [
        "security/ir.model.access.csv",
        "security/held_demand_rules.xml",
        "data/mail_activity_type_data.xml",
        "views/held_demand_views.xml",
        "views/stock_picking_views.xml",
        "views/product_views.xml",
        "views/sale_order_views.xml",
        "views/hold_views.xml",
        "views/held_demand_menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "sale_collection_stock/static/tests/tours/*",
        ],
    },
}
