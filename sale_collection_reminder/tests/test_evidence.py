from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.evidence import EvidenceCase

from .common import ReminderCommon


@freeze_time("2026-02-06")
@tagged("post_install", "-at_install")
class TestReminderEvidence(EvidenceCase, ReminderCommon):
    """Reminders that left are evidence: their text, and how they went."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls.new_user("evidence_reminds", "sale_collection.group_user")
        cls.customer.user_id = cls.rep
        cls.invoice = cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)

    def read_reminders(self):
        found = self.read_evidence(self.profile, self.rep)
        return {
            path.removeprefix("Reminders/"): content
            for path, content in found.items()
            if path.startswith("Reminders/")
        }

    def test_what_left_and_how(self):
        self.night("2026-02-05")
        self.assertEqual(self.read_reminders(), {})
        reminder = self.send("2026-02-05")
        found = self.read_reminders()
        self.assertEqual(list(found), ["Reminders.csv", "2026-02-05 Day 5.html"])
        [row] = self.read_rows(found["Reminders.csv"])
        self.assertEqual(row["Date"], "2026-02-05")
        self.assertEqual(row["Channel"], "E-mail")
        self.assertEqual(row["Amount"], "1000.00")
        self.assertTrue(row["Sent"])
        page = found["2026-02-05 Day 5.html"].decode()
        self.assertIn(self.invoice.name, page)
        self.assertIn("pay@example.com", page)
        message_id = reminder.mail_id.message_id
        self.assertIn(message_id.strip("<>"), page)

    def test_a_mail_that_failed_says_why(self):
        self.night("2026-02-05")
        reminder = self.send("2026-02-05")
        mailer = self.env["sale.collection.reminder.mailer"]
        mailer._note_delivery(reminder.mail_id, "mail_bl", "blocked")
        rows = self.read_rows(self.read_reminders()["Reminders.csv"])
        failed = [row for row in rows if row["Reason"]]
        self.assertEqual(failed[0]["Reason"], "Address blacklisted")
        self.assertEqual(failed[0]["State"], "Failed")
