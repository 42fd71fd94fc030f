from odoo.tests import HttpCase, tagged

from .test_visit import VisitCommon


@tagged("post_install", "-at_install")
class TestVisitPhone(VisitCommon, HttpCase):
    """The rep sees whom to visit, calls, and logs what came of it."""

    browser_size = "375x667"
    touch_enabled = True

    def test_rep_makes_a_visit_on_the_phone(self):
        visit = self.plan(hour=9.5)
        self.touch()
        self.start_tour(
            "/odoo/visits", "sale_collection_field_visit", login="field_rep"
        )
        self.assertEqual(visit.state, "done")
        promise = self.profile.promise_ids
        self.assertEqual((promise.mode, promise.amount), ("collect", 1000))
        self.assertEqual(promise.visit_ids.state, "planned")
        self.assertEqual(visit.talk_id.type, "visit")
