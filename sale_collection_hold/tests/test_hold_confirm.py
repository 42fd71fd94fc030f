from datetime import date, timedelta
from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HoldCommon


@tagged("post_install", "-at_install")
class TestHoldConfirm(HoldCommon):
    """What follows from verdicts, by whatever way an order is confirmed or grows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.set_limit(100)

    def assertHeld(self, order, strength="hold"):
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.collection_hold_state, "held")
        self.assertEqual(order.collection_hold_id.strength, strength)
        self.assertTrue(order._collection_supply_waits())

    def assertFree(self, order):
        self.assertEqual(order.state, "sale")
        self.assertFalse(order._collection_supply_waits())

    def work_off(self):
        """Do what the queue does within a minute."""
        self.env.cr.flush()
        queue = self.env["sale.collection.queue"].sudo()
        rows = queue._lock_rows(0, 500)
        queue.browse(queue._process(rows)).unlink()

    # === CONFIRM ===#

    def test_button(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        self.assertHeld(order)
        hold = order.collection_hold_id
        self.assertEqual(hold.amount, 150.0)
        self.assertEqual(hold.partner_id, self.customer)
        self.assertEqual(hold.reasons[0]["measured"], 150.0)
        self.assertEqual(hold.rule_ids.name, "over_limit")

    def test_warning(self):
        self.create_rule("over_limit", strength="warn")
        order = self.create_order(150, confirm=True)
        self.assertEqual(order.collection_hold_state, "warn")
        self.assertFalse(order.collection_hold_ids)
        self.assertFree(order)

    def test_refused_order_stays_a_quotation(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(150)
        with self.assertRaisesRegex(UserError, order.name) as raised:
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.collection_hold_ids)
        self.assertIn("100.00", str(raised.exception))

    def test_batch_with_the_third_refused(self):
        self.create_rule("over_limit", strength="refuse")
        prices = (20, 20, 90, 20, 20)
        orders = self.env["sale.order"].union(
            *(
                self.create_order(price, date_order=f"2026-01-0{day} 08:00:00")
                for day, price in enumerate(prices, 1)
            )
        )
        third = orders[2]
        with self.assertRaises(UserError) as raised:
            orders.action_confirm()
        text = str(raised.exception)
        self.assertIn(third.name, text)
        for order in orders - third:
            self.assertNotIn(order.name, text)
        self.assertEqual(set(orders.mapped("state")), {"draft"})
        action = orders.action_collection_confirm()
        wizard = (
            self.env[action["res_model"]].with_context(**action["context"]).create({})
        )
        self.assertEqual(wizard.passing_count, 4)
        form = Form(
            self.env[action["res_model"]].with_context(**action["context"]),
            "sale_collection_hold.hold_confirm_view_form",
        )
        self.assertEqual(form.passing_count, 4)
        wizard.action_confirm()
        self.assertEqual(third.state, "draft")
        self.assertEqual(set((orders - third).mapped("state")), {"sale"})

    def test_batch_by_date(self):
        self.create_rule("over_limit")
        late = self.create_order(60, date_order="2026-01-02 08:00:00")
        early = self.create_order(60, date_order="2026-01-01 08:00:00")
        (late | early).action_confirm()
        self.assertFree(early)
        self.assertHeld(late)

    def test_passing_batch_is_confirmed_at_once(self):
        orders = self.create_order(60) | self.create_order(30)
        self.assertTrue(orders.action_collection_confirm())
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def test_portal_signature(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(150)
        order.sudo()._validate_order()
        self.assertHeld(order)

    def test_paid_online_in_part(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(1000)
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        self.pay_online(order, 300, "done")._check_amount_and_confirm_order()
        self.assertHeld(order)
        self.assertEqual(order.collection_hold_id.amount_received, 300.0)

    def test_paid_online_in_full(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(1000)
        self.pay_online(order, 1000, "authorized")._check_amount_and_confirm_order()
        self.assertFree(order)
        self.assertFalse(order.collection_hold_ids)

    def test_payment_while_another_session_uses_the_credit(self):
        self.create_rule("over_limit")
        order = self.create_order(50)
        transaction = self.pay_online(order, 50, "done")
        lock = self.env.registry["sale.collection.lock"]
        with patch.object(lock, "_take", side_effect=psycopg2.OperationalError):
            transaction._check_amount_and_confirm_order()
        self.assertEqual(order.state, "draft")
        self.work_off()
        self.assertEqual(order.state, "sale")

    def test_direct_write_of_the_state(self):
        self.create_rule("over_limit")
        order = self.create_order(150)
        order.write({"state": "sale"})
        self.assertHeld(order)

    def test_created_confirmed(self):
        self.create_rule("over_limit")
        self.assertHeld(self.create_order(150, state="sale"))
        self.assertFree(self.create_order(0, state="sale"))

    def test_copy_is_judged_anew(self):
        self.create_rule("over_limit")
        order = self.create_order(60, confirm=True)
        copy = order.copy()
        self.assertEqual(copy.collection_hold_state, "none")
        copy.action_confirm()
        self.assertHeld(copy)
        self.assertFree(order)

    def test_cancel_and_confirm_again(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        order._action_cancel()
        self.assertEqual(order.collection_hold_ids.state, "expired")
        order.action_draft()
        order.action_confirm()
        self.assertHeld(order)

    # === SERVICES ===#

    def test_services_cannot_wait(self):
        self.create_rule("over_limit")
        order = self.create_order(150, product=self.service)
        with self.assertRaises(UserError):
            order.action_confirm()
        self.company.collection_services_hold = "confirm"
        order.action_confirm()
        self.assertHeld(order)

    def test_services_signed_on_the_portal(self):
        self.create_rule("over_limit")
        order = self.create_order(150, product=self.service)
        order.sudo()._validate_order()
        self.assertHeld(order)

    # === EDITS ===#

    def test_raised_quantity(self):
        self.create_rule("over_limit")
        order = self.create_order(60, confirm=True)
        self.assertFree(order)
        order.order_line.product_uom_qty = 2
        self.assertHeld(order)

    def test_raised_quantity_comes_last(self):
        self.create_rule("over_limit")
        first = self.create_order(60, confirm=True)
        second = self.create_order(40, confirm=True)
        first.order_line.price_unit = 61
        self.assertHeld(first)
        (first | second)._collection_recheck()
        self.assertHeld(first)
        self.assertFree(second)

    def test_added_line(self):
        self.create_rule("over_limit")
        order = self.create_order(60, confirm=True)
        order.order_line = [
            Command.create({"product_id": self.goods.id, "price_unit": 60})
        ]
        self.assertHeld(order)

    def test_growth_refused(self):
        rule = self.create_rule("over_limit", strength="refuse")
        order = self.create_order(60, confirm=True)
        with self.assertRaisesRegex(UserError, "grow"), self.env.cr.savepoint():
            order.order_line.product_uom_qty = 2
        self.env.invalidate_all()
        self.assertEqual(order.order_line.product_uom_qty, 1)
        rule.active = False
        order.order_line.product_uom_qty = 2
        rule.active = True
        order.order_line.product_uom_qty = 1.5  # less is never refused

    def test_down_payment_line_is_no_growth(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(100, confirm=True)
        self.create_invoice(50)
        down = self.bill(order, advance_payment_method="fixed", fixed_amount=30)
        down.action_post()
        self.assertEqual(down.state, "posted")

    def test_longer_terms(self):
        self.create_rule("term_over_customer")
        order = self.create_order(60, confirm=True, payment_term_id=False)
        self.assertFree(order)
        order.payment_term_id = self.env["account.payment.term"].create(
            {"name": "60", "line_ids": [Command.create({"nb_days": 60})]}
        )
        self.assertHeld(order)

    # === FREED AND STOPPED BY EVENTS ===#

    def test_money_makes_it_ready(self):
        invoice = self.create_invoice(100)
        self.create_rule("over_limit")
        order = self.create_order(60, confirm=True)
        self.assertHeld(order)
        self.work_off()
        self.assertHeld(order)
        self.pay(invoice, 100)
        self.work_off()
        self.assertEqual(order.collection_hold_state, "ready")
        self.assertFree(order)

    def test_limit_makes_it_ready_and_stops_again(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        self.set_limit(200)
        self.work_off()
        self.assertEqual(order.collection_hold_state, "ready")
        self.set_limit(100)
        self.work_off()
        self.assertHeld(order)
        self.assertEqual(len(order.collection_hold_ids), 1)

    def test_first_come_first_served(self):
        self.create_rule("over_limit")
        orders = self.create_order(60, confirm=True)
        orders |= self.create_order(60, confirm=True)
        orders |= self.create_order(60, confirm=True)
        self.assertEqual(
            orders.mapped("collection_hold_state"), ["none", "held", "held"]
        )
        self.set_limit(120)
        self.work_off()
        self.assertEqual(
            orders.mapped("collection_hold_state"), ["none", "ready", "held"]
        )
        self.set_limit(60)
        self.work_off()
        self.assertEqual(
            orders.mapped("collection_hold_state"), ["none", "held", "held"]
        )

    def test_night_both_ways(self):
        rule = self.create_rule("overdue_days", 0)
        order = self.create_order(60, confirm=True)
        self.assertFree(order)
        today = self.company._collection_today()
        invoice = self.create_invoice(
            10, date=today - timedelta(30), due=today - timedelta(1)
        )
        run = self.env["sale.collection.run"]
        found = run._run(today, ["holds"])
        self.assertEqual(found.phase_ids.error, False)
        self.assertHeld(order)
        self.assertEqual(found.phase_ids.counts["stopped"], 1)
        self.assertEqual(self.profile.hold_state, "hold")
        self.pay(invoice, 10, date=today)
        found = run._run(today, ["holds"])
        self.assertEqual(order.collection_hold_state, "ready")
        self.assertEqual(found.phase_ids.counts["freed"], 1)
        self.assertEqual(self.profile.hold_state, "none")
        rule.action_archive()

    def test_rule_switched_off_frees(self):
        rule = self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        rule.action_archive()
        order._collection_recheck()
        self.assertEqual(order.collection_hold_state, "ready")

    def test_confirm_only_rule_goes_on_judging(self):
        self.create_rule("over_limit", at_delivery=False)
        order = self.create_order(150, confirm=True)
        order._collection_recheck()
        self.assertHeld(order)
        self.set_limit(150)
        order._collection_recheck()
        self.assertFree(order)
        self.set_limit(100)
        order._collection_recheck()
        self.assertFree(order)

    # === PREPAYMENT ===#

    def test_prepay(self):
        self.create_rule("order_amount", 0, "prepay")
        order = self.create_order(1000, quantity=1, confirm=True)
        self.assertHeld(order, "prepay")
        down = self.bill(order, advance_payment_method="fixed", fixed_amount=400)
        down.action_post()
        self.pay(down, 400)
        self.work_off()
        self.assertHeld(order, "prepay")
        hold = order.collection_hold_id
        self.assertEqual((hold.amount_received, hold.amount), (400.0, 1000.0))
        self.assertEqual(hold.cures[0]["amount"], 600.0)
        self.pay_online(order, 600, "done")
        self.work_off()
        self.assertEqual(order.collection_hold_state, "ready")

    def test_prepay_as_far_as_paid(self):
        self.create_rule("order_amount", 0, "prepay")
        order = self.create_order(100, quantity=10, confirm=True)
        line = order.order_line
        self.assertEqual(order._collection_get_allowance(), {line.id: 0.0})
        self.pay_online(order, 450, "done")
        self.assertEqual(order._collection_get_allowance(), {line.id: 0.0})
        self.company.collection_prepay_extent = "extent"
        self.assertEqual(order._collection_get_allowance(), {line.id: 4.0})

    # === LIMITED SUPPLY ===#

    def test_supply_up_to_the_free_credit(self):
        self.create_rule("over_limit", strength="limit")
        order = self.create_order(10, quantity=20, confirm=True)
        self.assertHeld(order, "limit")
        line = order.order_line
        self.assertEqual(order._collection_get_allowance(), {line.id: 10.0})
        line.sudo().qty_delivered = 4
        self.assertEqual(order._collection_get_allowance(), {line.id: 10.0})
        self.create_invoice(30)
        self.assertEqual(order._collection_get_allowance(), {line.id: 7.0})
        self.set_limit(1000)
        self.assertEqual(order._collection_get_allowance(), {line.id: 20.0})
        order._collection_recheck()
        self.assertIsNone(order._collection_get_allowance())

    def test_cap_of_one_product(self):
        self.create_rule(
            "order_amount",
            0,
            "limit",
            product_ids=self.goods.ids,
            cap_type="quantity_percent",
            cap_value=25,
        )
        other = self.env["product.product"].create({"name": "Other", "type": "consu"})
        order = self.create_order(1, quantity=20)
        order.order_line = [
            Command.create({"product_id": other.id, "product_uom_qty": 10})
        ]
        order.action_confirm()
        first, second = order.order_line
        self.assertEqual(
            order._collection_get_allowance(), {first.id: 5.0, second.id: 10.0}
        )

    def test_hold_of_one_product(self):
        self.create_rule("order_amount", 0, product_ids=self.goods.ids)
        other = self.env["product.product"].create({"name": "Other", "type": "consu"})
        order = self.create_order(1, quantity=20)
        order.order_line = [
            Command.create({"product_id": other.id, "product_uom_qty": 10})
        ]
        order.action_confirm()
        self.assertHeld(order)
        first, second = order.order_line
        self.assertEqual(
            order._collection_get_allowance(), {first.id: 0.0, second.id: 10.0}
        )

    def test_supplied_orders_are_held_no_more(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        order.order_line.sudo().qty_delivered = 1
        order._collection_recheck()
        self.assertEqual(order.collection_hold_state, "none")

    def test_cap_of_a_month(self):
        self.profile.credit_policy = "unlimited"
        self.create_rule(
            "order_amount",
            0,
            "limit",
            cap_type="amount",
            cap_value=100,
            cap_period="month",
        )
        before = self.create_order(10, quantity=6, confirm=True)
        before.order_line.sudo().qty_delivered = 6
        order = self.create_order(10, quantity=20, confirm=True)
        self.assertEqual(order._collection_get_allowance(), {order.order_line.id: 4.0})

    # === RELEASE AND REJECT ===#

    def test_release_covers_what_was_approved(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        hold = order.collection_hold_id
        hold.action_release("Knows the boss")
        self.assertEqual(order.collection_hold_state, "released")
        self.assertEqual(hold.release_amount, 150.0)
        self.assertEqual(hold.released_by_id, self.env.user)
        self.assertFree(order)
        order._collection_recheck()
        self.assertFree(order)
        order.order_line.price_unit = 151
        self.assertHeld(order)
        self.assertEqual(hold.state, "expired")

    def test_release_of_a_worse_customer(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        order.collection_hold_id.action_release("Fine")
        self.create_rule("overdue_days", 0)
        today = self.company._collection_today()
        self.create_invoice(10, date=today - timedelta(9), due=today - timedelta(1))
        order._collection_recheck()
        self.assertHeld(order)

    def test_release_until(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        today = self.company._collection_today()
        order.collection_hold_id.action_release("A week", today + timedelta(7))
        order._collection_recheck(today + timedelta(7))
        self.assertFree(order)
        order._collection_recheck(today + timedelta(8))
        self.assertHeld(order)

    def test_release_of_a_part(self):
        self.create_rule("over_limit")
        order = self.create_order(10, quantity=20, confirm=True)
        order.collection_hold_id.action_release("Some", amount=50)
        self.assertEqual(order.collection_hold_state, "released")
        self.assertTrue(order._collection_supply_waits())
        self.assertEqual(order._collection_get_allowance(), {order.order_line.id: 5.0})
        order._collection_recheck()
        self.assertEqual(order.collection_hold_state, "released")

    def test_release_of_a_quotation(self):
        self.create_rule("over_limit", strength="refuse")
        order = self.create_order(150)
        hold = order._collection_propose_hold()
        self.assertEqual(order.collection_hold_state, "held")
        with self.assertRaises(UserError):
            order.action_confirm()
        hold.action_release("Fine")
        order.action_confirm()
        self.assertFree(order)

    def test_nothing_to_ask_for(self):
        order = self.create_order(50)
        with self.assertRaises(UserError):
            order._collection_propose_hold()

    def test_rejected_stays(self):
        self.create_rule("over_limit")
        order = self.create_order(150, confirm=True)
        order.collection_hold_id.action_reject("No")
        self.set_limit(1000)
        order._collection_recheck()
        self.assertEqual(order.collection_hold_state, "rejected")
        self.assertTrue(order._collection_supply_waits())
        self.assertEqual(order._collection_get_allowance(), {order.order_line.id: 0.0})

    def test_bad_decisions(self):
        self.create_rule("over_limit")
        hold = self.create_order(150, confirm=True).collection_hold_id
        for values in (
            {"reason": " "},
            {"reason": "x", "amount": -1},
            {"reason": "x", "until": date(2026, 1, 1)},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                hold.action_release(**values)
        hold.action_release("Fine")
        with self.assertRaises(UserError):
            hold.action_release("Again")

    def test_who_may_decide(self):
        self.create_rule("over_limit")
        seller = self.new_seller("hold_seller")
        controller = self.new_seller(
            "hold_controller", "sale_collection.group_credit_controller"
        )
        orders = self.create_order(150, user_id=seller.id)
        orders |= self.create_order(150, user_id=self.env.uid)
        orders.action_confirm()
        hold, other = orders.collection_hold_ids.sorted("id")
        self.assertTrue(hold.with_user(seller).reasons)
        with self.assertRaises(AccessError):
            other.with_user(seller).reasons  # noqa: B018
        for decide in ("action_release", "action_reject"):
            with self.assertRaises(AccessError):
                getattr(hold.with_user(seller), decide)("Mine")
        with self.assertRaises(AccessError):
            hold.with_user(seller).write({"state": "released"})
        hold.with_user(controller).action_release("Checked")
        self.assertEqual(hold.released_by_id, controller)

    def test_controllers_write_by_the_buttons_alone(self):
        self.create_rule("over_limit")
        controller = self.new_seller(
            "hold_controller2", "sale_collection.group_credit_controller"
        )
        hold = self.create_order(150, confirm=True).collection_hold_id
        with self.assertRaises(AccessError):
            hold.with_user(controller).write({"state": "released"})

    def test_nobody_writes_what_the_rules_say(self):
        self.create_rule("over_limit")
        seller = self.new_seller("hold_seller3")
        order = self.create_order(150, user_id=seller.id)
        order.action_confirm()
        for values in ({"collection_hold_state": "none"}, {"collection_warned": True}):
            with self.assertRaisesRegex(AccessError, "set by the system"):
                order.with_user(seller).write(values)
        self.assertHeld(order)

    def test_dates_as_text(self):
        self.create_rule("over_limit")
        hold = self.create_order(150, confirm=True).collection_hold_id
        controller = self.new_seller(
            "hold_controller3", "sale_collection.group_credit_controller"
        )
        hold = hold.with_user(controller)
        with self.assertRaisesRegex(UserError, "Released until"):
            hold.action_release("By a program", "2020-01-01")
        hold.action_release("By a program", "2099-12-31", 150.0)
        self.assertEqual(hold.release_until, date(2099, 12, 31))

    def test_seller_confirms(self):
        self.create_rule("over_limit")
        seller = self.new_seller("hold_seller2")
        order = self.create_order(150, user_id=seller.id).with_user(seller)
        order.action_confirm()
        self.assertHeld(order)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.collection_hold_id.amount, order.amount_total)

    # === LOCKS AND SPEED ===#

    def test_lock_keys(self):
        self.create_rule("over_limit")
        self.create_rule("user_exposure", 10**6)
        taken = []
        lock = self.env.registry["sale.collection.lock"]
        original = lock._take

        def _take(model, company, keys):
            taken.extend(keys)
            return original(model, company, keys)

        with patch.object(lock, "_take", _take):
            self.create_order(10, user_id=self.env.uid, confirm=True)
        self.assertEqual(
            set(taken), {f"customer:{self.customer.id}", f"user:{self.env.uid}"}
        )

    def test_warnings_take_no_lock(self):
        self.create_rule("over_limit", strength="warn")
        locks = self.env["sale.collection.lock"].sudo().search_count([])
        self.create_order(150, confirm=True)
        self.assertEqual(
            self.env["sale.collection.lock"].sudo().search_count([]), locks
        )

    def test_added_queries_of_a_confirmation(self):
        counts = []
        for rule in (None, "over_limit"):
            if rule:
                self.create_rule(rule)
                self.create_rule("overdue_days", 10)
                self.create_order(1, confirm=True)
            order = self.create_order(10)
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            order.action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1] - counts[0], 4)

    def test_an_order_without_holds_ends_none(self):
        order = self.create_order(10, confirm=True).sudo()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            order._collection_close_holds()

    def test_queries_of_judging_again(self):
        """As many for ten held orders as for two: nothing changes on them."""
        self.create_rule("over_limit")
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(10)]
        )
        for partner in partners:
            self.set_limit(10, partner)
        orders = self.env["sale.order"].union(
            *(
                self.create_order(60, partner_id=partner.id, confirm=True)
                for partner in partners
            )
        )
        counts = []
        for some in (orders[:2], orders):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some._collection_recheck()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(set(orders.mapped("collection_hold_state")), {"held"})
        self.assertLessEqual(counts[1], counts[0] + 2)

    def pay_online(self, order, amount, state):
        transaction = super().pay_online(order, amount, state)
        order._collection_touch()
        return transaction
