from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .test_visit import VisitCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestTakeover(VisitCommon):
    """Whoever takes over makes planned visits and sees to what reps reported."""

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

    def test_payment_notices_move(self):
        """Money waited for goes on; what was confirmed or given up stays."""
        self.load_language("zh_CN")
        heir = self.new_user("notice_heir", "sale_collection.group_user", lang="zh_CN")
        confirmed = self.report(100)
        confirmed.sudo().state = "confirmed"
        waiting, returned = self.report(200), self.report(300)
        given_up = self.report(400, date="2025-11-01")
        given_up.sudo().state = "returned"
        returned.sudo()._return("No money came.")
        todo = self.profile.activity_ids
        self.assertEqual((todo.user_id, returned.state), (self.rep, "returned"))
        dialog = (
            self.env["sale.collection.takeover.dialog"]
            .with_user(self.controller)
            .create({"from_user_id": self.rep.id, "to_user_id": heir.id})
        )
        dialog.action_preview()
        self.assertEqual(dialog.line_ids._get_counts()["notice"], 2)
        self.assertIn("Payment notices: 2", dialog.what)
        dialog.action_apply()
        log = self.env["sale.collection.takeover"].search([], limit=1)
        self.assertEqual(log.from_user_id, self.rep)
        self.assertIn("Payment notices: 2", log.what)
        self.assertEqual((waiting + returned).user_id, heir)
        self.assertEqual((confirmed + given_up).user_id, self.rep)
        self.assertEqual(todo.user_id, heir)
        # The successor changes it and reports it once more, which ends the follow-up.
        mine = returned.with_user(heir)
        mine.number = "C 7"
        mine.action_resend()
        self.assertEqual((mine.state, mine.number), ("open", "C 7"))
        self.assertFalse(self.profile.activity_ids & todo)
        with self.assertRaisesRegex(AccessError, "Only who reported"):
            waiting.with_user(self.rep).number = "C 8"
