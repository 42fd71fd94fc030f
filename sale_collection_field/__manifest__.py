{
    "name": "Sale Collection: money at the door",
    "summary": "Payment notices of reps, cheques and bills in hand",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection"],
    "data": [
        "security/ir.model.access.csv",
        "security/notice_rules.xml",
        "wizard/notice_refuse_views.xml",
        "security/bill_rules.xml",
        "views/notice_views.xml",
        "views/bill_views.xml",
        "views/profile_views.xml",
        "views/contact_views.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "sale_collection_field/static/tests/tours/*",
        ],
    },
}
