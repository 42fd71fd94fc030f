from odoo.tests import freeze_time, tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestDesk(ReminderCommon):
    """What reminders put on the list of the day, and what snoozes take off it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["sale.collection.work.rule"]
        cls.rules.search([]).action_archive()
        for code, points in (("overdue_amount", 10), ("step_waits", 20)):
            cls.rule(code, points)
        cls.invoice = cls.create_invoice(1000)
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)

    @classmethod
    def rule(cls, code, points):
        cls.rules.create({"name": code, "code": code, "points": points, "threshold": 0})

    def hits(self, day):
        """Return {condition: value} of the customer as touched on that day."""
        with freeze_time(day):
            self.profile._refresh_touched(self.customer)
        codes = {rule.id: rule.code for rule in self.rules.search([])}
        return {codes[hit[0]]: hit[2] for hit in self.profile.work_hits or ()}

    def talk(self, day, result="reached", next_date=False):
        with freeze_time(day):
            self.env["sale.collection.contact"].create(
                {
                    "profile_id": self.profile.id,
                    "result": result,
                    "next_date": next_date,
                }
            )

    def test_a_step_waits_for_a_call(self):
        self.step(5).channel = "call"
        self.night("2026-02-05")
        self.assertEqual(
            self.hits("2026-02-05"), {"overdue_amount": 1000.0, "step_waits": 1000.0}
        )
        self.talk("2026-02-05", next_date="2026-02-12")
        self.assertEqual(self.hits("2026-02-11"), {})
        self.assertEqual(self.hits("2026-02-12"), {"overdue_amount": 1000.0})

    def test_a_message_sent_by_itself_is_no_work(self):
        self.night("2026-02-05")
        self.assertEqual(self.hits("2026-02-05"), {"overdue_amount": 1000.0})

    def test_a_reply_brings_the_customer_back(self):
        self.rule("reply_unread", 30)
        self.talk("2026-02-05", next_date="2026-02-20")
        self.assertEqual(self.hits("2026-02-06"), {})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_collection_contact SET create_date = '2026-02-05'"
        )
        self.reply()
        self.assertEqual(
            self.hits("2026-02-06"), {"overdue_amount": 1000.0, "reply_unread": 1.0}
        )
        self.talk("2026-02-06", next_date="2026-02-20")
        self.assertEqual(self.hits("2026-02-07"), {})

    def reply(self):
        self.profile.message_post(
            body="We pay next week",
            author_id=self.customer.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )

    @freeze_time("2026-02-06")
    def test_a_reply_marked_as_read_is_no_work(self):
        self.rules.search([]).action_archive()
        self.rule("reply_unread", 30)
        self.reply()
        self.assertEqual(self.profile.priority, 30)
        self.profile.activity_ids.action_feedback()
        self.assertEqual(self.profile.priority, 0)

    @freeze_time("2026-02-05")
    def test_a_snoozed_customer_is_not_on_the_list(self):
        self.rule("follow_up", 5)
        self.assertEqual(self.hits("2026-02-05"), {"overdue_amount": 1000.0})
        self.profile._snooze("2026-02-15", "New delivery")
        self.assertEqual(self.profile.priority, 0)
        self.talk("2026-02-05", next_date="2026-02-10")
        self.assertEqual(self.hits("2026-02-10"), {})
        self.assertEqual(
            self.hits("2026-02-16"), {"overdue_amount": 1000.0, "follow_up": 6.0}
        )
        self.profile.action_wake()
        self.talk("2026-02-05", "paid_already")
        self.assertEqual(self.profile.priority, 0)

    @freeze_time("2026-02-05")
    def test_nor_is_one_whose_overdue_instalments_all_are(self):
        second = self.create_invoice(300)
        self.assertEqual(self.hits("2026-02-05"), {"overdue_amount": 1300.0})
        lines = self.receivable_lines(self.invoice)
        self.profile._snooze("2026-02-15", "Checked", lines)
        self.assertTrue(self.profile.priority)
        self.profile._snooze("2026-02-12", "Checked", self.receivable_lines(second))
        self.assertEqual(self.profile.priority, 0)
        self.assertEqual(self.hits("2026-02-12"), {})
        self.assertEqual(self.hits("2026-02-13"), {"overdue_amount": 1300.0})

    def test_the_next_step_is_a_date_of_the_customer(self):
        self.night("2026-02-02")
        self.hits("2026-02-02")
        self.assertEqual(str(self.profile.next_action_date), "2026-02-05")
        self.talk("2026-02-02", next_date="2026-02-03")
        self.assertEqual(str(self.profile.next_action_date), "2026-02-03")

    def test_first_day(self):
        manager = self.new_user("day", "sale_collection.group_manager")
        panel = self.env["sale.collection.first.day"].with_user(manager)
        step = self.step_of(panel)
        self.assertTrue(step["is_done"])
        self.assertEqual(step["text"], "“Plan” is live.")
        self.ladder.action_switch_off()
        self.assertFalse(self.step_of(panel)["is_done"])

    def step_of(self, panel):
        [step] = [step for step in panel.read_panel() if step["code"] == "reminders"]
        return step
