{
    "name": "Sale Collection: forecast before invoicing",
    "summary": "What contract plans bring beside what is open, week by week",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "auto_install": True,
    "depends": ["sale_collection_insight", "sale_collection_contract"],
    "data": ["views/forecast_views.xml"],
}
