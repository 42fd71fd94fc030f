from odoo.tests import tagged

from odoo.addons.sale_collection_hold.tests.common import HoldCommon
from odoo.addons.sale_collection_hold.tools.hold import Question
from odoo.addons.sale_collection_reminder.tests.common import ReminderCommon

from ..models.hold_condition import archive_rules

DUE = "2026-02-05"


@tagged("post_install", "-at_install")
class TestStepHold(ReminderCommon, HoldCommon):
    """Reminder steps that ask for a hold, and rules on the step a customer reached."""

    def remind(self):
        """Return an invoice the customer was reminded of, at the first step."""
        invoice = self.create_invoice()
        self.walk(DUE, DUE)
        return invoice

    # === STEPS THAT ASK FOR A HOLD ===#

    def test_step_holds_until_the_debt_is_paid(self):
        self.step(5).hold_strength = "hold"
        invoice = self.remind()
        facts = self.env["sale.collection.order.facts"]
        query = facts._get_step_sql(self.company)
        self.assertEqual(self.env.execute_query(query), [(self.customer.id, 1, "hold")])
        order = self.create_order()
        verdict = self.verdict(order)
        self.assertEqual(verdict["strength"], "hold")
        self.assertEqual(verdict["reasons"][0]["rule"], "Reminder plan")
        self.assertIn("pay", [cure["kind"] for cure in verdict["cures"]])
        order.action_confirm()
        hold = order.collection_hold_id
        self.assertEqual(hold.state, "active")
        self.assertFalse(hold.rule_ids)
        self.assertEqual(order._collection_get_allowance(), {order.order_line.id: 0.0})
        profile = self.profiles._for(self.customer)
        profile._refresh_hold_state()
        self.assertEqual(profile.hold_state, "hold")
        self.pay(invoice)
        self.env.cr.flush()
        profile._refresh_touched(self.customer)
        self.assertFalse(self.env.execute_query(query))
        self.assertStrength(order, "none")
        self.assertEqual(hold.state, "ready")
        self.assertEqual(profile.hold_state, "none")

    def test_strongest_demand_of_the_steps_reached_wins(self):
        self.step(5).hold_strength = "refuse"
        self.step(20).hold_strength = "warn"
        self.create_invoice()
        self.walk(DUE, "2026-02-20")
        facts = self.env["sale.collection.order.facts"]
        [(partner_id, step, strength)] = self.env.execute_query(
            facts._get_step_sql(self.company, self.customer.ids)
        )
        self.assertEqual((partner_id, step), (self.customer.id, 2))
        self.assertEqual(strength, "refuse")

    def test_steps_that_ask_for_nothing_cost_nothing(self):
        self.remind()
        order = self.create_order()
        self.env.flush_all()
        self.env["sale.collection.hold.rule"]._forget_rules()
        with self.assertQueryCount(1):  # the rules, of which there are none
            self.assertFalse(order._collection_judge(Question()))

    def test_change_of_a_step_counts_at_once(self):
        self.remind()
        order = self.create_order()
        self.assertStrength(order, "none")
        self.step(5).hold_strength = "prepay"
        self.assertStrength(order, "prepay")
        self.step(5).hold_strength = False
        self.assertStrength(order, "none")

    def test_preview_shows_what_a_step_asks_for(self):
        lines = self.env["sale.collection.reminder.preview.line"]
        self.step(5).hold_strength = "hold"
        line = lines.new({"step_id": self.step(5).id})
        self.assertEqual(line.hold_strength, "hold")

    # === RULES ON A STEP REACHED ===#

    def test_rule_on_a_step_reached(self):
        rule = self.create_rule("step_reached", 2)
        self.assertIn("reminder step reached: 2", rule.summary)
        self.create_invoice()
        self.walk(DUE, DUE)
        order = self.create_order()
        self.assertStrength(order, "none")
        self.walk("2026-02-06", "2026-02-20")
        verdict = self.verdict(order)
        self.assertEqual(verdict["strength"], "hold")
        [reason] = verdict["reasons"]
        self.assertEqual((reason["code"], reason["measured"]), ("step_reached", 2))
        texts = self.env["sale.collection.hold.text"]
        [line] = texts._describe_reasons(verdict["reasons"], self.company.currency_id)
        self.assertIn("Reminder step reached: 2", line)

    def test_step_is_read_within_the_budget(self):
        self.step(5).hold_strength = "hold"
        self.create_rule("step_reached", 1)
        self.create_rule("over_limit")
        self.remind()
        orders = self.env["sale.order"].union(*(self.create_order() for _ in range(4)))
        self.env["sale.collection.hold.rule"]._forget_rules()
        self.env.flush_all()
        with self.assertQueryCount(6):
            orders.sudo()._collection_judge(Question(lock=True))

    # === WITHOUT THIS ADDON ===#

    def test_uninstalling_archives_rules_instead_of_widening_them(self):
        rule = self.create_rule("step_reached", 1)
        other = self.create_rule("over_limit")
        self.remind()
        order = self.create_order(confirm=True)
        hold = order.collection_hold_id
        self.assertEqual(hold.rule_ids, rule)
        ondelete = self.env["sale.collection.hold.condition"]._fields["code"].ondelete
        self.assertIs(ondelete["step_reached"], archive_rules)
        archive_rules(rule.condition_ids)
        self.assertFalse(rule.active)
        self.assertTrue(other.active)
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    def test_reasons_of_a_code_that_is_gone_stay_readable(self):
        reason = {
            "rule": "Reminder plan",
            "rule_id": 0,
            "code": "gone",
            "measured": 3,
            "threshold": None,
            "unit": "step",
        }
        texts = self.env["sale.collection.hold.text"]
        [line] = texts._describe_reasons([reason], self.company.currency_id)
        self.assertEqual(line, "Reminder plan: 3")
