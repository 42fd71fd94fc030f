{
    "name": "Sale Collection",
    "summary": "Get paid: credit grades, receipt ledger and collection work",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "application": True,
    "depends": ["sale_management"],
    "data": [
        "security/sale_collection_groups.xml",
        "security/ir.model.access.csv",
        "security/sale_collection_rules.xml",
        # data
        "data/sale_collection_activity_data.xml",
        "data/sale_collection_grade_data.xml",
        "data/sale_collection_scorecard_data.xml",
        "data/ir_cron_data.xml",
        # wizard
        "wizard/sale_collection_history_import_views.xml",
        # views
        "views/sale_collection_receipt_views.xml",
        "views/sale_collection_history_views.xml",
        "views/sale_collection_grade_templates.xml",
        "views/sale_collection_grade_views.xml",
        "views/sale_collection_scorecard_views.xml",
        "views/sale_collection_score_views.xml",
        "views/sale_collection_grade_override_views.xml",
        "views/sale_collection_review_views.xml",
        "views/sale_collection_proposal_views.xml",
        "views/sale_collection_simulation_views.xml",
        # menus come last: they name the actions above
        "views/sale_collection_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "sale_collection/static/src/history_import/*",
        ],
        "web.assets_tests": [
            "sale_collection/static/tests/tours/*",
        ],
    },
    "demo": [],
    "post_init_hook": "post_init_hook",
}
