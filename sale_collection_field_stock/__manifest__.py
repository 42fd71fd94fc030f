{
    "name": "Sale Collection: delivery slips at the door",
    "summary": "Visits know which deliveries the customer has signed",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collection",
    "license": "LGPL-3",
    "author": "Sale Collection contributors",
    "website": "https://github.com/sale-collection/sale-collection",
    "auto_install": True,
    "depends": ["sale_collection_field", "sale_collection_stock"],
    "data": ["report/visit_sheet.xml"],
}
