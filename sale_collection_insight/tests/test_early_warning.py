from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestEarlyWarning(CollectionCommon):
    """Late payers' instalments that fall due soon, with why, once a week."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.other = cls.new_users(
            "warned",
            rep="sale_collection.group_user",
            other="sale_collection.group_user",
        )
        cls.good = cls.env["res.partner"].create({"name": "Pays in time"})
        for week in range(8):
            due = date(2026, 8, 7) + timedelta(weeks=week)
            cls.pay_history(cls.customer, due, due + timedelta(days=10))
            cls.pay_history(cls.good, due, due - timedelta(days=1))
        (cls.customer | cls.good).user_id = cls.rep
        profiles = cls.env["sale.collection.profile"].sudo()
        cls.profile = profiles._for(cls.customer)
        (cls.profile | profiles._for(cls.good))._refresh()
        cls.soon = cls.create_invoice(100, "2026-10-07", "2026-11-06")
        cls.later = cls.create_invoice(100, "2026-10-07", "2026-12-18")
        cls.past = cls.create_invoice(100, "2026-09-07", "2026-10-30")
        cls.create_invoice(100, "2026-10-07", "2026-11-06", partner=cls.good)

    @classmethod
    def pay_history(cls, customer, due, paid):
        cls.env["sale.collection.history"].create(
            {
                "partner_id": customer.id,
                "invoice_ref": f"{customer.name} {due}",
                "invoice_date": due - timedelta(30),
                "due_date": due,
                "paid_date": paid,
                "amount": 100,
                "source": "test",
            }
        )

    def find(self, user=None, operator="="):
        self.env.flush_all()
        self.env.invalidate_all()
        items = self.env["sale.collection.open.item"].with_user(user or self.env.user)
        return items.search(
            [
                ("is_early_warning", operator, True),
                ("partner_id", "in", (self.customer | self.good).ids),
            ]
        )

    def run_night(self, day="2026-11-02"):
        """Return what a night's phase counted, and the messages it sent."""
        self.env.flush_all()
        before = self.env["mail.message"].sudo().search([], order="id desc", limit=1)
        with freeze_time(day):
            run = self.env["sale.collection.run"]._run(phases=["early_warning"])
        self.assertEqual(run.state, "done")
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [
                ("id", ">", before.id),
                ("partner_ids", "in", (self.rep | self.other).partner_id.ids),
            ]
        )
        return run.phase_ids.counts["warned"], messages

    def test_due_soon_and_probably_late(self):
        item = self.find()
        self.assertEqual(item.move_id, self.soon)
        self.assertTrue(item.is_early_warning)
        self.assertGreaterEqual(item.late_risk, 0.5)
        self.assertRegex(item.risk_reason, r"^late on \d+ of \d+ so far")
        others = self.find(operator="!=")
        self.assertIn(self.past, others.move_id)
        self.assertNotIn(self.soon, others.move_id)
        self.assertFalse(any(others.mapped("is_early_warning")))

    def test_who_is_not_chased_is_left_out(self):
        self.profile.write({"excluded": True, "excluded_reason": "Group company"})
        self.assertFalse(self.find())

    def test_list_of_own_customers(self):
        self.assertEqual(self.find(self.rep).move_id, self.soon)
        self.assertFalse(self.find(self.other))

    def test_one_message_a_week_to_the_rep(self):
        count, message = self.run_night()
        self.assertEqual(count, 1)
        self.assertEqual(message.partner_ids, self.rep.partner_id)
        self.assertIn(self.company.currency_id.format(100), message.subject)
        for told in (
            self.customer.name,
            self.soon.name,
            "late on 8 of 8 so far",
            "/odoo/early-warning",
        ):
            self.assertIn(told, message.body)
        self.assertNotIn(self.good.name, message.body)
        self.assertNotIn(self.past.name, message.body)
        for day in ("2026-11-02", "2026-11-03", "2026-11-08"):
            count, messages = self.run_night(day)
            self.assertEqual((count, len(messages)), (0, 0), day)
        self.profile.user_id = self.other
        self.create_invoice(250, "2026-10-07", "2026-11-20")
        count, message = self.run_night("2026-11-09")
        self.assertEqual((count, message.partner_ids), (1, self.other.partner_id))

    def test_silence_where_nothing_will_be_late(self):
        self.pay(self.soon, date="2026-11-02")
        self.cr.flush()
        self.assertEqual(self.run_night()[0], 0)

    def test_in_the_language_of_the_rep(self):
        self.load_language("zh_CN")
        self.rep.lang = "zh_CN"
        _count, message = self.run_night()
        self.assertNotIn("so far", message.body)

    def test_people_without_collection_are_not_told(self):
        outsider = self.new_user("outsider", "base.group_user")
        self.profile.user_id = outsider
        warnings = self.env["sale.collection.early.warning"]
        self.assertNotIn(outsider, warnings._collect_warnings(self.company))

    def test_other_company(self):
        other = self.setup_other_company()["company"]
        self.env.user.company_ids = [Command.link(other.id)]
        warnings = self.env["sale.collection.early.warning"]
        self.assertFalse(warnings._collect_warnings(other))
        [items] = warnings._collect_warnings(self.company).values()
        self.assertEqual(items.move_id, self.soon)

    def test_queries_do_not_grow(self):
        names = {"late_risk": {}, "risk_reason": {}, "amount": {}}
        items = self.env["sale.collection.open.item"]

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            items.web_search_read([("is_early_warning", "=", True)], names)
            return self.cr.sql_log_count - before

        count()
        few = count()
        for amount in (10, 20, 30):
            self.create_invoice(amount, "2026-10-07", "2026-11-06")
        self.assertLessEqual(count(), few)
        self.assertEqual(len(self.find()), 4)
