from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestSettings(HttpCase):
    def test_questions_first_and_the_rest_folded(self):
        url = "/odoo/action-sale_collection.settings_action"
        self.start_tour(url, "sale_collection_settings", login="admin")
        self.assertEqual(self.env.ref("base.main_company").collection_tolerance, 7)
