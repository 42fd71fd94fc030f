{
    "name": "Sale Collection: insight",
    "summary": "Targets and gap, rates, forecast, analysis of receivables",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection"],
    "data": [
        "security/ir.model.access.csv",
        "security/target_rules.xml",
        "security/forecast_rules.xml",
        "views/target_customer_views.xml",
        "views/measure_views.xml",
        "views/target_views.xml",
        "views/rate_views.xml",
        "views/target_menus.xml",
        "views/forecast_views.xml",
        "views/open_item_views.xml",
        "views/early_warning_templates.xml",
        "views/forecast_menus.xml",
    ],
    "assets": {
        "web.assets_backend_lazy": [
            "sale_collection_insight/static/src/legend/*",
        ],
    },
}
