from datetime import date

from odoo.tests import Form, freeze_time, tagged

from .common import ReminderCommon


@freeze_time("2026-02-06")
@tagged("post_install", "-at_install")
class TestReminderPage(ReminderCommon):
    """What reminders say and do on the page of a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls.new_user("page_reminds", "sale_collection.group_user")
        cls.customer.user_id = cls.rep
        cls.invoice = cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.first = cls.step(5)
        cls.first.write(
            {"next_step": "plan", "say_polite": "Please?", "say_firm": "Today."}
        )

    def own(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.profile.with_user(self.rep)

    def remind(self):
        self.night("2026-02-05")
        self.send("2026-02-05")
        self.profile._refresh()

    def test_words_of_the_last_step_until_there_is_a_reason(self):
        self.profile._refresh()
        self.assertFalse(self.own().say_polite)
        self.remind()
        own = self.own()
        self.assertEqual(
            (own.advice_title, own.advice_step, own.say_polite, own.say_firm),
            (self.first.name, "plan", "Please?", "Today."),
        )
        action = own.action_take_step()
        self.assertEqual(action["context"]["default_kind"], "plan")
        reason = self.env.ref("sale_collection.reason_forgot")
        self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "result": "reached",
                "reason_id": reason.id,
                "next_date": "2026-02-10",
            }
        )
        self.assertEqual(self.own().say_polite, reason.say_polite)

    def test_next_reminder_beside_each_instalment(self):
        self.remind()
        items = self.own().open_item_ids
        self.assertEqual(items.mapped("next_reminder_date"), [date(2026, 2, 20)])

    def test_remind_of_ticked_instalments(self):
        self.create_invoice(70, "2026-01-01", "2026-01-31")
        self.profile._refresh()
        items = self.own().open_item_ids.filtered(lambda item: item.amount == 70)
        action = items.action_remind()
        model = self.env[action["res_model"]].with_user(self.rep)
        self.assertTrue(Form(model.with_context(**action["context"])))
        self.assertEqual(action["context"]["default_line_refs"], items.line_id.ids)

    def test_shipped_steps_have_words_and_a_step(self):
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "sale_collection_reminder"),
                ("model", "=", "sale.collection.ladder.step"),
            ]
        )
        steps = self.env["sale.collection.ladder.step"].browse(data.mapped("res_id"))
        self.assertGreater(len(steps), 20)
        for step in steps:
            with self.subTest(step=step.name, plan=step.ladder_id.name):
                self.assertTrue(step.next_step and step.say_polite and step.say_firm)
