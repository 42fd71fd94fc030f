from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderEffect(ReminderCommon):
    """Days from each step to money, and how much came within 14 days of it."""

    def effects(self, user=None):
        self.env.cr.flush()
        self.env.invalidate_all()
        effects = self.env["sale.collection.reminder.effect"]
        return effects.with_user(user or self.env.user).search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def remind(self):
        """Send the first step of an invoice of 1,000 on 5 February."""
        invoice = self.create_invoice(1000, "2026-01-01", "2026-01-31")
        self.night("2026-02-05")
        self.send("2026-02-05")
        return invoice

    def test_days_and_money(self):
        invoice = self.remind()
        row = self.effects()
        self.assertEqual((row.amount, row.money), (1000, 0))
        self.assertEqual((row.step_id, row.date), (self.step(5), date(2026, 2, 5)))
        self.assertIs(row.days_to_money, False)
        self.pay(invoice, 300, "2026-02-12")
        self.pay(invoice, 100, "2026-02-19")
        self.pay(invoice, 50, "2026-02-20")
        row = self.effects()
        self.assertEqual(row.days_to_money, 7)
        self.assertEqual(row.first_money_on, date(2026, 2, 12))
        self.assertEqual((row.money, row.money_share), (400, 40))
        self.assertEqual(row.move_id, invoice)
        action = row.action_open_reminder()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), row.reminder_id
        )

    def test_undone_money_is_no_effect(self):
        invoice = self.remind()
        self.pay(invoice, 300, "2026-02-12").action_draft()
        row = self.effects()
        self.assertEqual(row.money, 0)
        self.assertFalse(row.first_money_on)

    def test_group_is_the_share_of_sums(self):
        first = self.create_invoice(1000, "2026-01-01", "2026-01-31")
        self.create_invoice(3000, "2026-01-01", "2026-01-31", partner=self.other)
        self.night("2026-02-05")
        self.send("2026-02-05")
        self.pay(first, 1000, "2026-02-07")
        rows = self.effects()
        self.assertEqual(len(rows), 2)
        [group] = rows.formatted_read_group(
            [("id", "in", rows.ids)],
            ["step_id"],
            ["money_share:avg", "days_to_money:avg", "money:sum"],
        )
        self.assertEqual(group["money_share:avg"], 25)
        self.assertEqual(group["days_to_money:avg"], 2)
        self.assertEqual(group["money:sum"], 1000)

    def test_readers(self):
        self.remind()
        reader = self.new_user("reader", "sale_collection.group_all_customers")
        self.assertEqual(len(self.effects(reader)), 1)
        with self.assertRaises(AccessError):
            self.effects(self.new_user("bare", "sale_collection.group_user"))
