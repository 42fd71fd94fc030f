from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .desk_common import HoldDeskCommon


@tagged("post_install", "-at_install")
class TestHoldRulesDesk(HoldDeskCommon):
    """Setting rules up: what they hit today, switching them on, the past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.limit_rule.action_archive()
        cls.switches = cls.env["sale.collection.hold.switch"]
        cls.previews = cls.env["sale.collection.hold.preview"]

    def open_switch(self, rule, **values):
        """Return the preview from which a rule is switched on."""
        action = rule.action_open_switch()
        preview = self.previews.browse(action["res_id"])
        with Form(preview) as dialog:
            for name, value in values.items():
                setattr(dialog, name, value)
        return preview

    def switch_on(self, preview):
        return self.switches.browse(preview.action_switch_on()["res_id"])

    # === SWITCH ===#

    def test_switch_on_for_new_orders_only(self):
        old = self.create_order(150, confirm=True)
        old.date_order -= timedelta(minutes=1)
        preview = self.open_switch(self.limit_rule)
        self.assertFalse(preview.line_ids)
        self.switch_on(preview)
        self.assertTrue(self.limit_rule.active)
        old._collection_recheck()
        self.assertEqual(old.collection_hold_state, "none")
        new = self.create_order(10, confirm=True)
        self.assertEqual(new.collection_hold_state, "held")

    def test_switch_on_for_open_orders_and_undo(self):
        small = self.create_order(60, confirm=True)
        large = self.create_order(150, confirm=True)
        preview = self.open_switch(self.limit_rule, mode="open")
        self.assertRecordValues(
            preview.line_ids,
            [{"order_id": large.id, "was": "none", "will": "hold", "effect": "stop"}],
        )
        self.assertEqual((preview.stop_count, preview.stop_amount), (1, 150))
        self.assertEqual(large.collection_hold_state, "none")
        switch = self.switch_on(preview)
        self.assertEqual((switch.stop_count, switch.stop_amount), (1, 150))
        self.assertEqual((switch.stopped_ids, switch.free_count), (large, 0))
        self.assertEqual(large.collection_hold_state, "held")
        self.assertEqual(small.collection_hold_state, "none")
        self.assertEqual((switch.state, switch.done_by_id), ("done", self.env.user))
        with self.assertRaisesRegex(UserError, "already"):
            preview.action_switch_on()
        switch.action_undo()
        self.assertFalse(self.limit_rule.active)
        self.assertFalse(large._collection_supply_waits())
        with self.assertRaisesRegex(UserError, "can be undone"):
            switch.action_undo()

    def test_switch_on_in_the_same_transaction(self):
        large = self.create_order(150, confirm=True)
        manager = new_test_user(
            self.env,
            "hold_manager",
            groups="sale_collection.group_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        rule = self.limit_rule.with_user(manager)
        preview = self.previews.with_user(manager).browse(
            rule.action_open_switch()["res_id"]
        )
        self.assertFalse(preview.line_ids)
        preview.write({"mode": "open"})
        switch = self.switch_on(preview)
        self.assertEqual(switch.sudo().stopped_ids, large)
        self.assertEqual((switch.stop_count, switch.stop_amount), (1, 150))
        self.assertEqual(large.collection_hold_state, "held")
        switch.action_undo()
        preview = preview.create({"rule_id": rule.id, "mode": "open"})
        self.assertEqual(self.switch_on(preview).sudo().stopped_ids, large)
        self.assertTrue(large._collection_supply_waits())

    def test_switch_on_from_a_date(self):
        today = self.company._collection_today()
        old, new = (self.create_order(150, confirm=True) for _n in range(2))
        old.date_order = datetime.now() - timedelta(days=40)
        preview = self.open_switch(
            self.limit_rule, mode="open", date_from=today - timedelta(days=7)
        )
        self.assertEqual(preview.line_ids.order_id, new)
        switch = self.switch_on(preview)
        self.assertEqual(switch.date_from, today - timedelta(days=7))
        self.assertEqual(old.collection_hold_state, "none")
        self.assertEqual(new.collection_hold_state, "held")

    def test_tightening_replaces_the_rule(self):
        self.create_invoice(
            80,
            date=self.company._collection_today() - timedelta(days=60),
            due=self.company._collection_today() - timedelta(days=20),
        )
        rule = self.create_rule("overdue_days", 30, name="Late")
        order = self.create_order(10, confirm=True)
        self.assertEqual(order.collection_hold_state, "none")
        action = rule.action_change()
        draft = self.env[rule._name].browse(action["res_id"])
        self.assertEqual((draft.active, draft.replaces_id), (False, rule))
        self.assertEqual(rule.action_change()["res_id"], draft.id)
        draft.condition_ids.threshold = 10
        preview = self.open_switch(draft, mode="open")
        self.assertEqual(preview.line_ids.order_id, order)
        switch = self.switch_on(preview)
        self.assertEqual(switch.replaced_id, rule)
        self.assertTrue(draft.active)
        self.assertFalse(rule.active)
        self.assertEqual(order.collection_hold_id.rule_ids, draft)
        switch.action_undo()
        self.assertTrue(rule.active)
        self.assertFalse(draft.active)
        self.assertEqual(order.collection_hold_state, "ready")

    def test_switch_off_lets_orders_go(self):
        self.limit_rule.action_unarchive()
        order = self.create_held()[0]
        self.limit_rule.action_switch_off()
        self.assertFalse(self.limit_rule.active)
        self.assertEqual(order.collection_hold_state, "ready")

    def test_releases_stay_in_the_list_of_none(self):
        self.limit_rule.action_unarchive()
        _order, hold = self.create_held()
        hold.action_release("Known")
        preview = self.open_switch(self.limit_rule, mode="open")
        self.assertFalse(preview.line_ids)

    def test_switching_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.limit_rule.with_user(self.controller).action_open_switch()
        with self.assertRaises(AccessError):
            self.limit_rule.with_user(self.controller).action_switch_off()
        previews = self.previews.with_user(self.controller)
        with self.assertRaises(AccessError):
            previews.action_open()
        own = previews.create({"rule_ids": [Command.set(self.limit_rule.ids)]})
        with self.assertRaises(AccessError):
            own.action_simulate()
        with self.assertRaises(AccessError):
            own.write({"rule_id": self.limit_rule.id, "mode": "open"})
            own.line_ids.read()
        self.limit_rule.with_user(self.controller).read(["name", "summary"])

    def test_nothing_is_recorded_before_it_is_switched_on(self):
        known = self.switches.search([])
        self.open_switch(self.limit_rule, mode="open")
        self.assertEqual(self.switches.search([]), known)
        self.assertFalse(self.limit_rule.active)

    def test_preview_of_a_draft_shows_today_and_the_past(self):
        order = self.create_order(150, confirm=True)
        past = self.create_past_order(60, 170, paid_after=0)
        preview = self.open_switch(self.limit_rule, mode="open")
        preview.action_simulate()
        preview.action_count()
        self.assertEqual(preview.line_ids.order_id, order)
        self.assertEqual(preview.past_line_ids.order_id, past)
        [result] = preview.result_ids
        self.assertEqual((result.order_count, result.held_count), (1, 1))
        self.assertEqual(self.switch_on(preview).stopped_ids, order)

    # === SETUP ===#

    def test_setup_counts_what_each_rule_hits(self):
        today = self.company._collection_today()
        self.create_invoice(
            130, date=today - timedelta(days=60), due=today - timedelta(days=40)
        )
        late = self.create_rule("overdue_days", 30, name="Late")
        late.action_archive()
        large = self.create_rule("order_amount", 1000, name="Large")
        order = self.create_order(50, confirm=True)
        self.create_order(2000, confirm=True, partner_id=self.partner_a.id)
        self.profiles._for(self.partner_a)
        action = self.previews.action_open()
        preview = self.previews.browse(action["res_id"])
        lines = {line.rule_id: line for line in preview.result_ids}
        self.assertEqual(
            {
                rule.name: (lines[rule].partner_count, lines[rule].order_count)
                for rule in (self.limit_rule, late, large)
            },
            {"Over the limit": (1, 1), "Late": (1, 1), "Large": (0, 1)},
        )
        self.assertEqual(lines[large].order_amount, 2000)
        orders = self.env["sale.order"].search(
            lines[late].action_open_orders()["domain"]
        )
        self.assertEqual(orders, order)
        customers = self.profiles.search(lines[late].action_open_customers()["domain"])
        self.assertEqual(customers.partner_id, self.customer)
        preview.action_count()
        self.assertEqual(len(preview.result_ids), len(lines))

    def test_setup_leaves_out_who_is_exempt_or_has_paid(self):
        late = self.create_rule("overdue_days", 0, name="Late")
        self.create_invoice(130, date="2026-01-01", due="2026-01-31")
        self.create_order(50, confirm=True)
        self.create_rule(
            name="Trusted",
            kind="exclude",
            partner_ids=[Command.set(self.customer.ids)],
        )
        preview = self.previews.create({})
        preview.action_count()
        [line] = preview.result_ids.filtered(lambda line: line.rule_id == late)
        self.assertEqual((line.partner_count, line.order_count), (0, 0))

    def test_setup_in_few_queries(self):
        self.create_rule("overdue_days", 30)
        preview = self.previews.create({})
        for _n in range(3):
            self.create_order(50, confirm=True)
        preview.action_count()
        self.env.flush_all()
        with self.assertQueryCount(40):
            preview.action_count()
            self.env.flush_all()

    # === SIMULATION ===#

    def create_past_order(self, days_ago, amount, due_in=30, paid_after=None, **values):
        """Return an order of the past with its invoice, paid so many days after due."""
        day = self.company._collection_today() - timedelta(days=days_ago)
        order = self.create_order(amount, confirm=True, **values)
        order.date_order = datetime.combine(day, datetime.min.time()).replace(hour=10)
        invoice = order._create_invoices()
        due = day + timedelta(days=due_in)
        invoice.write(
            {
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
            }
        )
        invoice.action_post()
        if paid_after is not None:
            self.pay(invoice, date=due + timedelta(days=paid_after))
        return order

    def simulate(self, rules, **values):
        simulation = self.previews.create(
            {"rule_ids": [Command.set(rules.ids)], "with_active": False, **values}
        )
        simulation.action_simulate()
        return simulation

    def test_simulation(self):
        late = self.create_rule("overdue_days", 10, name="Late")
        late.action_archive()
        # 170 days ago: nothing was overdue yet; paid 40 days late: missed
        missed = self.create_past_order(170, 100, paid_after=40)
        # 120 days ago the first one was 20 days overdue: stopped, paid in time
        false = self.create_past_order(120, 200, paid_after=0)
        # 95 days ago still: stopped, and 50 days late: caught
        caught = self.create_past_order(105, 300, due_in=0, paid_after=50)
        # 20 days ago nothing is overdue; not due yet: nobody knows
        unknown = self.create_past_order(20, 400)
        simulation = self.simulate(late)
        kinds = {line.order_id: line.kind for line in simulation.past_line_ids}
        self.assertEqual(
            kinds,
            {missed: "missed", false: "false", caught: "caught", unknown: "unknown"},
        )
        self.assertEqual((simulation.held_count, simulation.held_amount), (2, 500))
        self.assertEqual(simulation.false_share, 0.5)
        self.assertEqual(simulation.caught_share, 0.5)
        [result] = simulation.result_ids
        self.assertEqual(
            (result.rule_id, result.held_count, result.false_count), (late, 2, 1)
        )
        lines = self.env["sale.collection.hold.preview.line"].search(
            simulation.action_open_false()["domain"]
        )
        self.assertEqual(lines.order_id, false)
        self.assertEqual(lines.days_late, 0)
        simulation.action_simulate()
        self.assertEqual(len(simulation.past_line_ids), 4)

    def test_simulation_knows_the_credit_used_then(self):
        # 60 used by an order billed later, 70 asked on top of it: over the limit of 100
        first = self.create_past_order(60, 60, paid_after=0)
        first.invoice_ids.button_draft()
        first.invoice_ids.write({"invoice_date": False})
        second = self.create_past_order(59, 70, paid_after=0)
        simulation = self.simulate(self.limit_rule)
        held = simulation.past_line_ids.filtered(
            lambda line: line.effect == "stop"
        ).order_id
        self.assertEqual(held, second)

    def test_simulation_leaves_out_what_is_forgotten(self):
        review = self.create_rule("no_review", name="No review")
        simulation = self.previews.create(
            {"rule_ids": [Command.set(review.ids)], "with_active": False}
        )
        self.assertIn("No review", simulation.forgotten_note)
        with self.assertRaisesRegex(UserError, "Rules to try"):
            simulation.action_simulate()

    def test_simulation_window(self):
        for values in ({"months": 0}, {"months": 99}, {"tolerance": -1}):
            with self.assertRaises(ValidationError):
                self.previews.create(values)

    def test_simulation_opens_with_the_rules(self):
        action = self.limit_rule.action_simulate()
        simulation = self.previews
        with Form(simulation.with_context(**action["context"])) as form:
            self.assertEqual(form.rule_ids.ids, self.limit_rule.ids)
        self.create_past_order(400, 10)
        self.assertEqual(self.simulate(self.limit_rule, months=6).order_count, 0)
        since = self.company._collection_today() - relativedelta(months=14)
        self.assertTrue(since)
        self.assertEqual(self.simulate(self.limit_rule, months=14).order_count, 1)
