from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection_contract.tests.common import ContractCommon
from odoo.addons.sale_collection_hold.models.rule.hold_condition import archive_rules
from odoo.addons.sale_collection_hold.tests.common import HoldCommon
from odoo.addons.sale_collection_hold.tools.hold import Question

SIGNED = date(2026, 1, 15)
DELIVERED = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class TestPlanHold(ContractCommon, HoldCommon):
    """The next milestone waits while what is due of the plan is unpaid."""

    def sell(self, price=1000.0, confirm=False, **values):
        """Return an order of 30 % in January, 60 % and 10 % in March, a quotation."""
        return super().sell(price, confirm=confirm, **values)

    def measure(self, order, today):
        """Return what the rule found unpaid, None where it did not hit."""
        reasons = self.verdict(order, today)["reasons"]
        return reasons[0]["measured"] if reasons else None

    def pay_down(self, order, amount):
        invoice = self.bill_down(order, amount)
        self.pay(invoice, date="2026-01-20")
        self.env.cr.flush()
        return invoice

    # === WHAT IS UNPAID ===#

    def test_parts_wait_for_those_before(self):
        self.create_rule("plan_unpaid")
        order = self.sell()
        self.assertIsNone(self.measure(order, date(2026, 1, 14)))
        self.assertEqual(self.measure(order, SIGNED), 300)
        order.action_confirm()
        self.pay_down(order, 300)
        self.assertIsNone(self.measure(order, date(2026, 2, 28)))
        self.assertEqual(self.measure(order, DELIVERED), 600)
        self.assertEqual(self.measure(order, date(2026, 3, 31)), 700)

    def test_money_covers_the_first_part_first(self):
        self.create_rule("plan_unpaid", 250)
        order = self.sell(confirm=True)
        invoice = self.bill_down(order, 300)
        self.assertEqual(self.measure(order, SIGNED), 300)
        self.pay(invoice, 50, date="2026-01-20")
        self.env.cr.flush()
        self.assertIsNone(self.measure(order, SIGNED), "250 are allowed")
        self.assertEqual(self.measure(order, DELIVERED), 850)

    def test_a_part_that_waits_takes_no_money_from_one_that_is_due(self):
        self.create_rule("plan_unpaid")
        order = self.sell(plan=False, confirm=True)
        waiting, _due = self.plan(order, (0.6, "2026-03-01"), (0.4, "2026-03-10"))
        waiting.sudo().due_date = False
        self.assertEqual(self.measure(order, date(2026, 3, 10)), 400)
        self.pay_down(order, 400)
        self.assertIsNone(self.measure(order, date(2026, 3, 10)))
        waiting.sudo().due_date = "2026-03-11"
        self.assertEqual(self.measure(order, date(2026, 3, 11)), 600)

    def test_a_discount_keeps_nothing_back(self):
        self.create_rule("plan_unpaid")
        order = self.sell(confirm=True)
        invoice = self.bill_down(order, 300)
        self.pay(invoice, 294, date="2026-01-20")
        self.env.cr.flush()
        self.assertEqual(self.measure(order, SIGNED), 6)
        self.write_off(self.receivable_lines(invoice), 6)
        self.env.cr.flush()
        self.assertIsNone(self.measure(order, SIGNED))

    def test_a_payment_set_to_draft_is_unpaid_again(self):
        self.create_rule("plan_unpaid")
        order = self.sell(confirm=True)
        invoice = self.bill_down(order, 300)
        payment = self.pay(invoice, date="2026-01-20")
        self.env.cr.flush()
        self.assertIsNone(self.measure(order, SIGNED))
        payment.action_draft()
        self.env.cr.flush()
        self.assertEqual(invoice.amount_residual, 0, "core keeps the match")
        self.assertEqual(self.measure(order, SIGNED), 300)
        payment.action_post()
        self.env.cr.flush()
        self.assertIsNone(self.measure(order, SIGNED))

    def test_a_cheque_counts_from_its_day(self):
        self.create_rule("plan_unpaid")
        today = self.company._collection_today()
        order = self.sell(confirm=True)
        invoice = self.bill_down(order, 300)
        self.pay(invoice, date=today + timedelta(10))
        self.env.cr.flush()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self.measure(order, SIGNED), 300)
        with freeze_time(today + timedelta(11)):
            self.env.invalidate_all()
            self.assertIsNone(self.measure(order, SIGNED))

    def test_each_order_has_its_own_invoices(self):
        self.create_rule("plan_unpaid")
        taken, open_order = orders = self.sell(confirm=True) + self.sell(confirm=True)
        for order in orders:
            invoice = self.bill_down(order, 300)
            self.pay(invoice, 294, date="2026-01-20")
        self.write_off(self.receivable_lines(taken.invoice_ids), 6)
        self.env.cr.flush()
        self.assertIsNone(self.measure(taken, SIGNED))
        self.assertEqual(self.measure(open_order, SIGNED), 6)

    def write_off(self, line, amount):
        owed, revenue = (line.account_id, -amount), (self.revenue, amount)
        entry = self.create_entry([revenue, owed], "2026-01-20")
        (entry.line_ids.filtered("credit") + line).reconcile()

    def test_an_order_without_a_plan_is_not_measured(self):
        self.create_rule("plan_unpaid", 10, operator="up_to")
        self.assertStrength(self.sell(plan=False), "none", DELIVERED)
        self.assertStrength(self.sell(), "none", DELIVERED)
        paid = self.sell(confirm=True)
        self.pay_down(paid, 300)
        self.assertStrength(paid, "hold", SIGNED)  # nothing is 10 at most

    def test_parts_without_a_day_are_not_due(self):
        self.create_rule("plan_unpaid")
        order = self.sell(plan=False)
        self.plan(order, (0.5, False), (0.5, "2026-03-01"))
        self.assertIsNone(self.measure(order, date(2026, 2, 28)))
        self.assertEqual(self.measure(order, DELIVERED), 500)

    def test_foreign_currency_counts_in_the_companys(self):
        self.create_rule("plan_unpaid", 149)
        euro = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self.sell(pricelist_id=prices.id)
        self.assertEqual(order.currency_id, euro)
        self.assertEqual(self.measure(order, SIGNED), 150)

    # === HOLD, CURE, TEXT ===#

    def test_supply_goes_on_when_the_part_is_paid(self):
        rule = self.create_rule("plan_unpaid")
        self.assertIn("collection plan due and unpaid more than", rule.summary)
        order = self.sell()
        verdict = self.verdict(order, SIGNED)
        texts = self.env["sale.collection.hold.text"]
        currency = self.company.currency_id
        [reason] = texts._describe_reasons(verdict["reasons"], currency)
        self.assertIn("Collection plan due and unpaid", reason)
        self.assertIn("300.00", reason)
        [cure] = [cure for cure in verdict["cures"] if cure["kind"] == "due"]
        self.assertEqual((cure["amount"], cure["complete"]), (300, True))
        [text] = texts._describe_cures([cure], currency)
        self.assertIn("300.00 due of this order", text)
        order.action_confirm()
        hold = order.collection_hold_id
        self.assertEqual((hold.state, hold.rule_ids), ("active", rule))
        # the other parts are due as well by the clock of this test
        self.pay_down(order, 300)
        plan = order.collection_contract_line_ids
        plan[1:].date = "2099-01-01"
        self.profiles._for(self.customer)._refresh_touched(self.customer)
        self.assertEqual(hold.state, "ready")

    def test_a_changed_plan_is_judged_again(self):
        order = self.sell(confirm=True)
        queue = self.env["sale.collection.queue"].sudo()
        plan = order.collection_contract_line_ids
        for change in (
            lambda: plan[0].write({"date": "2026-02-01"}),
            lambda: plan[2].unlink(),
            lambda: self.plan(order, (10, "2026-04-01")),
        ):
            queue.search([]).unlink()
            change()
            found = queue.search([("kind", "=", "partner")])
            self.assertEqual(found.mapped("ref"), self.customer.ids)
        queue.search([]).unlink()
        plan[0].name = "Deposit"
        self.assertFalse(queue.search([]))

    def test_cost_does_not_grow_with_orders(self):
        self.create_rule("plan_unpaid")
        costs = []
        for count in (2, 8):
            orders = self.env["sale.order"].union(*(self.sell() for _ in range(count)))
            self.env["sale.collection.hold.rule"]._get_rules()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            orders.sudo()._collection_judge(Question(today=DELIVERED))
            costs.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*costs)

    def test_without_the_rule_nothing_is_read(self):
        self.create_rule("order_amount", 5000)
        order = self.sell()
        ledger = self.env["sale.collection.order.ledger"]
        self.patch(
            type(ledger), "_collect_due_parts", lambda *args: self.fail("not needed")
        )
        self.assertStrength(order, "none", DELIVERED)

    def test_past_is_left_out_and_uninstalling_archives(self):
        rule = self.create_rule("plan_unpaid")
        preview = self.env["sale.collection.hold.preview"].create(
            {"rule_ids": [Command.set(rule.ids)], "company_id": self.company.id}
        )
        self.assertIn(rule.name, preview.forgotten_note)
        ondelete = self.env["sale.collection.hold.condition"]._fields["code"].ondelete
        self.assertIs(ondelete["plan_unpaid"], archive_rules)
        archive_rules(rule.condition_ids)
        self.assertFalse(rule.active)
