from odoo.tests import freeze_time, tagged

from .test_visit import VisitCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestTakeover(VisitCommon):
    """Whoever takes over makes the visits that are planned."""

    def test_planned_visits_move(self):
        (heir,) = self.new_users("heir", heir="sale_collection.group_user")
        seen = self.plan(date=self.day(0))
        self.talk(self.day(0))
        planned = self.plan(date=self.day(2))
        self.assertEqual((seen.state, planned.state), ("done", "planned"))
        dialog = (
            self.env["sale.collection.takeover.dialog"]
            .with_user(self.controller)
            .create({"from_user_id": self.rep.id, "to_user_id": heir.id})
        )
        dialog.action_preview()
        self.assertEqual(dialog.line_ids._get_counts()["visit"], 1)
        dialog.action_apply()
        self.assertEqual((seen.user_id, planned.user_id), (self.rep, heir))
