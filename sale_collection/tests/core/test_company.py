from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestCompany(TransactionCase):
    def test_settings_are_read_apart_and_together(self):
        """Whoever reads a company reads none of them, whoever asks for one all."""
        company = self.env.company
        self.env.invalidate_all()
        self.assertTrue(company.name)
        for count in (1, 0):
            with self.assertQueryCount(count):
                self.assertIsNotNone(company.collection_promise_grace_days)
                self.assertIsNotNone(company.collection_grace_days)
