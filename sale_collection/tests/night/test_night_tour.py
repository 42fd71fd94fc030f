from datetime import timedelta

from odoo.tests import HttpCase, new_test_user, tagged

from ..common import REP, CollectionCommon


@tagged("post_install", "-at_install")
class TestNightTour(CollectionCommon, HttpCase):
    """Nights and statements, as people click them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._collection_today()
        cls.rep = cls.new_user("rep", REP)
        cls.customer.write({"user_id": cls.rep.id, "email": "c@example.com"})
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.manager = new_test_user(
            cls.env(su=True),
            login="night_manager",
            groups="sale_collection.group_manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def test_nights(self):
        runs = self.env["sale.collection.run"].sudo()
        run = runs._create_run(self.company, self.today, ["refresh", "score"])
        run.phase_ids[0].write({"state": "failed", "error": "a figure too much"})
        run.phase_ids[1].state = "done"
        run.write({"state": "failed"})
        self.env["sale.collection.run.error"].sudo().create(
            {
                "phase_id": run.phase_ids[1].id,
                "partner_id": self.customer.id,
                "res_model": "sale.collection.profile",
                "res_id": self.profile.id,
                "message": "no rate",
            }
        )
        self.start_tour(
            "/odoo/collection-runs", "sale_collection_nights", login="night_manager"
        )

    def test_statement(self):
        self.create_invoice(
            date=self.today,
            due=self.today + timedelta(5),
            invoice_user_id=self.rep.id,
        )
        self.start_tour(
            f"/odoo/credit-profiles/{self.profile.id}",
            "sale_collection_statement",
            login="rep",
        )
        scheduled = self.env["mail.scheduled.message"]
        scheduled.search([("res_id", "=", self.profile.id)])._post_message()
        message = self.profile.message_ids.filtered("partner_ids")[:1]
        self.assertEqual(message.partner_ids, self.customer)
        self.assertTrue(message.attachment_ids)
