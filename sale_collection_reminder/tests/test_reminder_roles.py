from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import ROLES, RolesCase

from .common import ReminderCommon

REP = ["Reminders/Tonight", "Reminders/All reminders"]
READER = [*REP, "Reporting/Effect of reminders"]


@tagged("post_install", "-at_install")
class TestReminderRoles(RolesCase, ReminderCommon):
    """Every role reads reminders and plans with its own group alone."""

    menu_entries = {group: READER for group in ROLES} | {
        "sale_collection.group_user": REP,
        "sale_collection.group_manager": [*READER, "Configuration/Reminder plans"],
    }
    ways_to_lists = {
        "letters_action": (
            "filter",
            "sale_collection_reminder.reminder_view_search",
            "letters",
        ),
        **{
            f"sale_collection_reminder.{action}": (
                "button",
                "sale_collection_reminder.reminder_view_list",
            )
            for action in ("dry_run_action", "reminder_preview_action", "snooze_action")
        },
        "sale_collection_reminder.reminder_text_action": (
            "button",
            "sale_collection_reminder.ladder_view_list",
        ),
    }
    may_be_empty = ("sale.collection.snooze",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_invoice(1000, "2026-01-01", "2026-01-31")

    def setUp(self):
        super().setUp()
        self.create_invoice(1000, "2026-01-01", "2026-01-31", partner=self.other)
        reminders = self.night("2026-02-05")
        self.send(
            "2026-02-05",
            reminders.filtered(lambda reminder: reminder.partner_id == self.other),
        )
