from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestExpectedPayment(CollectionCommon):
    """When open money is expected: as promised, by habit, or nobody knows when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.old = cls.create_invoice(500, "2025-03-28", "2025-04-28")
        cls.ahead = cls.create_invoice(100, "2026-10-07", "2026-11-13")

    def give(self, invoice, amount, **values):
        """Return a promise for an invoice, given today."""
        line = self.receivable_lines(invoice)
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "allocation_ids": [Command.create({"line_id": line.id})],
                **values,
            }
        )
        promise.action_open()
        return promise

    def expected(self, env=None):
        """Return {group: amount} as the bars show it."""
        self.env.flush_all()
        payments = (env or self.env)["sale.collection.expected.payment"]
        groups = payments.formatted_read_group(
            [("partner_id", "=", self.customer.id)], ["expected_in"], ["amount:sum"]
        )
        return {one["expected_in"]: one["amount:sum"] for one in groups}

    def test_old_debt_is_not_expected_tomorrow(self):
        self.assertEqual(self.expected(), {"overdue": 500, "week_1": 100})
        item = self.env["sale.collection.open.item"]
        item = item.search([("move_id", "=", self.old.id)])
        self.assertEqual((item.days_overdue, item.date_predicted), (553, False))

    def test_what_is_promised_is_expected_on_the_day_promised(self):
        self.give(self.old, 200, date="2026-11-20")
        self.assertEqual(
            self.expected(), {"overdue": 300, "week_1": 100, "week_2": 200}
        )
        self.give(self.ahead, 100, date="2026-12-31")
        self.assertEqual(
            self.expected(), {"overdue": 300, "week_2": 200, "week_8": 100}
        )

    def test_plan_is_expected_on_each_of_its_days(self):
        days = ["2026-11-06", "2026-11-13", "2026-12-04"]
        self.give(
            self.old,
            450,
            kind="plan",
            plan_line_ids=[
                Command.create({"date": day, "amount": 150}) for day in days
            ],
        )
        self.assertEqual(
            self.expected(),
            {"overdue": 50, "week_0": 150, "week_1": 250, "week_4": 150},
        )
        payments = self.env["sale.collection.expected.payment"].search(
            [("move_id", "=", self.old.id)], order="date_predicted"
        )
        self.assertEqual(
            payments.mapped("date_predicted"),
            [*map(date.fromisoformat, days), False],
        )
        self.assertEqual(payments.mapped("amount_overdue"), [150, 150, 150, 50])
        self.assertEqual(sum(payments.mapped("amount_currency")), 500)

    def test_money_and_other_companies_leave_it(self):
        self.give(self.old, 200, date="2026-11-20")
        self.pay(self.old, 450, date="2026-11-02")
        self.env.cr.flush()
        self.profile._refresh_touched(self.customer)
        self.assertEqual(self.expected(), {"overdue": 50, "week_1": 100})
        other = self.setup_other_company()["company"]
        env = self.env["base"].with_company(other).env
        env = env["base"].with_context(allowed_company_ids=other.ids).env
        self.assertEqual(self.expected(env), {})

    def test_bare_rep_sees_own_customers_only(self):
        rep = self.new_user("expects", "sale_collection.group_user")
        self.assertEqual(self.expected(self.env(user=rep)), {})
        self.customer.user_id = rep
        self.assertEqual(sum(self.expected(self.env(user=rep)).values()), 600)

    def test_queries_do_not_grow(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.expected()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for day in ("2026-11-09", "2026-11-16", "2026-11-23"):
            self.give(self.create_invoice(70), 70, date=day)
        self.assertLessEqual(count(), few)
