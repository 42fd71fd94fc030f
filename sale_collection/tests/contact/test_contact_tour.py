from odoo.tests import HttpCase, tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactTour(ContactCommon, HttpCase):
    """The talks of a day, as the people who have them click them."""

    def test_a_visit_with_a_promise_in_five_taps(self):
        self.start_tour(
            f"/odoo/credit-profiles/{self.profile.id}",
            "sale_collection_visit_promise",
            login="talk_rep",
        )
        contact = self.profile.contact_ids
        self.assertEqual((contact.type, contact.result), ("visit", "promised"))
        self.assertEqual(contact.promise_id.state, "open")
        self.assertEqual(contact.promise_id.date.weekday(), 4)

    def test_no_answer_in_two_clicks(self):
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{self.overdue.id}",
            "sale_collection_no_answer",
            login="talk_accountant",
        )
        contact = self.profile.contact_ids
        self.assertEqual(contact.result, "no_answer")
        self.assertEqual(contact.move_ids, self.overdue)

    def test_an_accountant_settles_a_dispute(self):
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{self.overdue.id}",
            "sale_collection_dispute",
            login="talk_accountant",
        )
        dispute = self.profile.dispute_ids
        self.assertEqual((dispute.state, dispute.amount), ("accepted", 1000.0))

    def test_a_report_says_what_its_figures_mean(self):
        self.start_tour(
            "/odoo/overdue-by-reason",
            "sale_collection_words",
            login="talk_controller",
        )
