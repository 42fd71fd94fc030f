from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestHistoryTour(HttpCase):
    def test_import_a_file_and_read_the_grade(self):
        self.start_tour(
            "/odoo/trade-history", "sale_collection_history_import", login="admin"
        )
        rows = self.env["sale.collection.history"].search(
            [("partner_id.name", "=", "Tour customer")]
        )
        self.assertEqual(
            sorted(rows.mapped("invoice_ref")), [f"T{month}" for month in range(1, 7)]
        )
