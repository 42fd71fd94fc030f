from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderTour(ReminderCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.boss = cls.new_users(
            "reminder_tour",
            rep="sale_collection.group_user",
            boss="sale_collection.group_manager",
        )
        cls.customer.write({"name": "Tour customer", "user_id": cls.rep.id})
        cls.today = fields.Date.today()
        cls.create_invoice(1500, cls.today - timedelta(60), cls.today - timedelta(10))
        profiles = cls.env["sale.collection.profile"].sudo()
        cls.profile = profiles._for(cls.customer)
        profiles._refresh()
        cls.step(5).write({"name": "First reminder", "automatic": False})

    def test_collector(self):
        self.reminders._prepare()
        self.start_tour(
            "/odoo/action-sale_collection_reminder.tonight_action",
            "sale_collection_reminder_collector",
            login=self.rep.login,
        )
        reminder = self.reminders.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            reminder,
            [{"state": "queued", "confirmed_by_id": self.rep.id, "is_edited": True}],
        )
        self.assertEqual(reminder.message_id.subject, "Please call us")
        self.assertEqual(self.profile.snooze_reason, "New delivery on its way")

    def test_manager(self):
        self.ladder.action_switch_off()
        self.start_tour(
            f"/odoo/action-sale_collection_reminder.ladder_action/{self.ladder.id}",
            "sale_collection_reminder_manager",
            login=self.boss.login,
        )
        self.assertTrue(self.ladder.is_live)
        self.assertEqual(self.ladder.first_run_confirmed_by, self.boss)
        reminder = self.reminders.search([("ladder_id", "=", self.ladder.id)])
        self.assertRecordValues(reminder, [{"state": "ready", "is_first_run": True}])
