from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.sale_collection_hold.models.rule.hold_condition import archive_rules
from odoo.addons.sale_collection_hold.tests.common import HoldCommon
from odoo.addons.sale_collection_hold.tools.hold import Question


@tagged("post_install", "-at_install")
class TestBalanceHold(HoldCommon):
    """Supply rules on what customers say of their balances."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._collection_today()
        cls.profile = cls.profiles._for(cls.customer)
        cls.confirmations = cls.env["sale.collection.confirmation"]

    def owe(self, days):
        """Have the customer owe 100 since so many days."""
        self.create_invoice(100, date=self.today - timedelta(days))
        self.env.cr.flush()
        self.profile._refresh_touched(self.customer)

    def answer(self, state, days, **values):
        """Have the customer answer for the balance of so many days ago."""
        asked = self.confirmations._ask(self.profile, self.today - timedelta(days))
        self.assertTrue(asked)
        return asked._answer(state, "Jo", **values)

    def measure(self, order):
        reasons = self.verdict(order, self.today)["reasons"]
        return reasons[0]["measured"] if reasons else None

    def test_days_since_the_balance_was_confirmed(self):
        rule = self.create_rule("balance_days", 365)
        order = self.create_order()
        self.assertIsNone(self.measure(order), "never invoiced")
        self.owe(365)
        self.assertIsNone(self.measure(order))
        self.owe(400)
        self.assertEqual(self.measure(order), 400)
        texts = self.env["sale.collection.hold.text"]
        [line] = texts._describe_reasons(
            self.verdict(order, self.today)["reasons"], self.company.currency_id
        )
        self.assertIn("confirmed: 400 days (allowed: 365 days)", line)
        self.assertIn("days since the balance was confirmed", rule.summary)
        self.answer("agreed", 380)
        self.assertEqual(self.measure(order), 380)
        self.answer("agreed", 30)
        self.assertIsNone(self.measure(order))

    def test_a_balance_that_differs(self):
        self.create_rule("balance_differs", strength="warn")
        self.owe(50)
        order = self.create_order()
        self.assertIsNone(self.measure(order))
        asked = self.answer("differs", 1, words="I paid 40 in cash")
        self.assertEqual(self.measure(order), 1)
        self.assertStrength(order, "warn", self.today)
        asked.dispute_id.sudo().write({"state": "rejected"})
        self.env.flush_all()
        self.assertIsNone(self.measure(order))

    def test_an_answer_frees_the_order(self):
        self.create_rule("balance_days", 365)
        self.owe(400)
        order = self.create_order(confirm=True)
        hold = order.collection_hold_id
        self.assertEqual(hold.state, "active")
        queue = self.env["sale.collection.queue"].sudo()
        queue.search([]).unlink()
        self.answer("agreed", 1)
        self.assertIn(self.customer.id, queue.search([]).mapped("ref"))
        self.profile._refresh_touched(self.customer)
        self.assertEqual(hold.state, "ready")

    def test_the_answer_to_another_company_says_nothing_here(self):
        self.create_rule("balance_days", 365)
        self.owe(400)
        other = self.setup_other_company()["company"]
        theirs = self.profiles.with_company(other)._for(self.customer).sudo()
        self.confirmations.sudo().create(
            {
                "profile_id": theirs.id,
                "date": self.today,
                "currency_id": other.currency_id.id,
                "state": "agreed",
            }
        )
        self.assertEqual(self.measure(self.create_order()), 400)

    def test_one_query_for_all_orders(self):
        self.create_rule("balance_days", 365)
        self.owe(400)
        costs = []
        for count in (1, 6):
            orders = self.env["sale.order"].union(
                *(self.create_order() for _ in range(count))
            )
            self.env.flush_all()
            self.env["sale.collection.hold.rule"]._get_rules()
            start = self.env.cr.sql_log_count
            orders.sudo()._collection_judge(Question(today=self.today))
            costs.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*costs)

    def test_uninstalling_archives_rules(self):
        ondelete = self.env["sale.collection.hold.condition"]._fields["code"].ondelete
        for code in ("balance_days", "balance_differs"):
            self.assertIs(ondelete[code], archive_rules)
