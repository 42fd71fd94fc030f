{
    "name": "Sale Collection: dashboard",
    "summary": "Collection in the Dashboards application",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["spreadsheet_dashboard", "sale_collection_insight"],
    "data": [
        "data/dashboards.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "spreadsheet_dashboard_sale_collection/static/tests/tours/*",
        ],
    },
}
