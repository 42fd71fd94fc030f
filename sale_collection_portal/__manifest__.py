{
    "name": "Sale Collection: portal",
    "summary": "Customers see their account, pay several invoices at once, confirm it",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection", "account_payment"],
    "data": [
        "security/ir.model.access.csv",
        "security/confirmation_rules.xml",
        "data/reason_data.xml",
        "report/account_report.xml",
        "wizard/pay_link_views.xml",
        "wizard/statement_views.xml",
        "views/account_templates.xml",
        "views/pay_templates.xml",
        "views/confirm_templates.xml",
        "views/confirmation_views.xml",
        "views/profile_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_partner_views.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "sale_collection_portal/static/src/interactions/*",
        ],
        "web.assets_tests": [
            "sale_collection_portal/static/tests/tours/*",
        ],
    },
}
