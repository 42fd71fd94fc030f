{
    "name": "Sale Collection: text messages",
    "summary": "Reminder steps write text messages, with their cost known beforehand",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "auto_install": True,
    "depends": ["sale_collection_reminder", "sms"],
    "data": [
        "views/ladder_views.xml",
        "views/reminder_views.xml",
        "views/res_config_settings_views.xml",
        "wizard/dry_run_views.xml",
    ],
}
