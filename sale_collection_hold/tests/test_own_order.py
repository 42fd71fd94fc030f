from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .desk_common import HoldDeskCommon


@tagged("post_install", "-at_install")
class TestOwnOrder(HoldDeskCommon):
    """A salesperson frees no own held order, whatever a client sends."""

    def mine(self, order):
        return order.with_user(self.rep)

    def deliver(self, order):
        """Let the goods leave, by hand or, with stock, as a delivery notes it."""
        order.sudo().order_line.qty_delivered = 1

    def get_told(self, order):
        """Return the notes the controller got about goods that have left."""
        profile = self.profiles._for(order.partner_invoice_id)
        activities = profile.sudo().activity_ids
        return activities.filtered(
            lambda activity: (
                activity.user_id == self.controller and order.name in activity.summary
            )
        ).mapped("note")

    # === COMPUTED FIGURES ===#

    def test_figures_of_the_order_are_not_written(self):
        order, hold = self.create_held()
        for name, value in (
            ("amount_total", 0.01),
            ("amount_untaxed", 0.01),
            ("currency_rate", 1e9),
            ("currency_id", self.env.ref("base.JPY").id),
            ("date_order", "2020-01-01 00:00:00"),
            ("collection_source_id", False),
            ("transaction_ids", [Command.clear()]),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                self.mine(order).write({name: value})
        order._collection_recheck()
        self.assertEqual((hold.state, hold.amount), ("active", 150.0))

    def test_figures_of_the_lines_are_not_written(self):
        order, hold = self.create_held()
        for name, value in (
            ("price_total", 0.01),
            ("price_subtotal", 0.01),
            ("qty_delivered_method", "manual"),
            ("qty_delivered", 1),
            ("untaxed_amount_invoiced", 150),
            ("invoice_lines", [Command.clear()]),
            ("is_downpayment", True),
            ("is_expense", True),
            ("state", "draft"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                self.mine(order).order_line.write({name: value})
            with self.subTest(name), self.assertRaises(AccessError):
                self.mine(order).write(
                    {"order_line": [Command.update(order.order_line.id, {name: value})]}
                )
        order._collection_recheck()
        self.assertEqual((hold.state, hold.amount), ("active", 150.0))

    def test_figures_given_at_once_or_by_context_do_not_count(self):
        orders = self.env["sale.order"].with_user(self.rep)
        given = {"amount_total": 0.01, "currency_rate": 1e9}
        line = {"product_id": self.goods.id, "price_unit": 150, "tax_ids": []}
        for context, order_vals, line_vals in (
            ({}, given, {"price_total": 0.01}),
            (
                {
                    "default_amount_total": 0.01,
                    "default_currency_rate": 1e9,
                    "default_price_total": 0.01,
                },
                {},
                {},
            ),
        ):
            order = orders.with_context(**context).create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({**line, **line_vals})],
                    **order_vals,
                }
            )
            self.assertEqual((order.amount_total, order.currency_rate), (150.0, 1.0))
            order.action_confirm()
            self.assertEqual(order.collection_hold_state, "held")

    def test_quotation_that_says_all_has_left(self):
        order = self.create_order(150, user_id=self.rep.id)
        self.deliver(order)
        self.mine(order).action_confirm()
        self.assertEqual(order.collection_hold_state, "held")

    # === EDITS ===#

    def test_price_down_deliver_price_back(self):
        order, _hold = self.create_held()
        line = self.mine(order).order_line
        line.price_unit = 0.01
        order._collection_recheck()
        self.assertEqual(order.collection_hold_state, "ready")
        self.deliver(order)
        self.assertFalse(self.get_told(order))
        line.price_unit = 150
        [note] = self.get_told(order)
        self.assertIn(self.rep.name, note)
        self.assertIn("Over the credit limit", note)

    def test_other_address_deliver_address_back(self):
        order, _hold = self.create_held()
        self.mine(order).partner_invoice_id = self.partner_a
        self.assertEqual(order.collection_hold_state, "ready")
        self.deliver(order)
        self.mine(order).partner_invoice_id = self.customer
        self.assertEqual(len(self.get_told(order)), 1)

    def test_growth_by_unit(self):
        order = self.create_order(10, confirm=True, user_id=self.rep.id)
        self.assertEqual(order.collection_hold_state, "none")
        dozen = self.env.ref("uom.product_uom_dozen")
        self.mine(order).order_line.product_uom_id = dozen
        self.assertEqual(order.amount_total, 1200.0)
        self.assertEqual(order.collection_hold_id.amount, 1200.0)
        self.assertEqual(order.collection_hold_state, "held")

    def test_growth_by_a_line_of_another_order(self):
        order = self.create_order(60, confirm=True, user_id=self.rep.id)
        other = self.create_order(50, user_id=self.rep.id)
        self.mine(other).order_line.order_id = order
        self.assertEqual(order.collection_hold_id.amount, 110.0)

    def create_two_lines(self, strength):
        """Return an order of 300 + 200 on a limit of 500."""
        self.limit_rule.strength = strength
        self.set_limit(500)
        self.goods.list_price = 1
        order = self.create_order(1, quantity=300, user_id=self.rep.id)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 200,
                    "price_unit": 1,
                    "tax_ids": [],
                }
            )
        ]
        self.mine(order).action_confirm()
        return order

    def move_quantities(self, order, *quantities):
        """Save new quantities of both lines at once."""
        self.mine(order).write(
            {
                "order_line": [
                    Command.update(line.id, {"product_uom_qty": quantity})
                    for line, quantity in zip(order.order_line, quantities, strict=True)
                ]
            }
        )

    def test_one_save_is_judged_once_and_whole(self):
        for strength in ("refuse", "hold"):
            order = self.create_two_lines(strength)
            self.move_quantities(order, 350, 150)
            self.assertEqual(order.amount_total, 500.0)
            self.assertEqual(order.collection_hold_state, "none")
            self.assertFalse(order.collection_hold_ids)
            order._action_cancel()

    def test_only_the_total_entered_is_quoted(self):
        order = self.create_two_lines("refuse")
        with self.assertRaisesRegex(UserError, "510.00"), self.env.cr.savepoint():
            self.move_quantities(order, 350, 160)
        self.move_quantities(order, 100, 400)
        self.assertEqual(order.collection_hold_state, "none")
        self.limit_rule.strength = "hold"
        self.move_quantities(order, 350, 160)
        self.assertEqual(order.collection_hold_id.amount, 510.0)

    # === DECISIONS LAST ===#

    def test_do_not_supply_survives_cancelling(self):
        order, hold = self.create_held()
        hold.with_user(self.controller).action_reject("Fraud")
        self.set_limit(1000)
        self.mine(order).action_cancel()
        self.mine(order).action_draft()
        self.mine(order).action_confirm()
        self.assertEqual(order.collection_hold_state, "rejected")
        self.assertTrue(order._collection_supply_waits())
        self.mine(order).action_cancel()
        with self.assertRaisesRegex(UserError, order.name):
            self.mine(order).unlink()

    def test_do_not_supply_holds_for_copies(self):
        order, hold = self.create_held()
        hold.with_user(self.controller).action_reject("Fraud")
        self.set_limit(1000)
        copy = self.mine(order).copy().copy()
        copy.action_confirm()
        self.assertEqual(copy.collection_hold_state, "rejected")
        self.assertEqual(copy.sudo().collection_hold_id.release_reason, "Fraud")
        self.assertEqual(copy.sudo().collection_hold_id.amount, 150.0)
        other = self.mine(order).copy(
            {
                "partner_id": self.partner_a.id,
                "partner_invoice_id": self.partner_a.id,
            }
        )
        other.action_confirm()
        self.assertEqual(other.collection_hold_state, "none")
        copy.sudo().collection_hold_id.with_user(self.controller).action_release("Ok")
        self.assertEqual(copy.collection_hold_state, "released")

    def test_cancelled_order_still_bars_an_own_raise(self):
        order, _hold = self.create_held(user=self.controller)
        own = order.with_user(self.controller)
        profile = self.profiles._for(self.customer).with_user(self.controller)
        order._action_cancel()
        with self.assertRaisesRegex(AccessError, order.name):
            profile.temporary_limit = 500
        copy = own.sudo().copy()
        with self.assertRaisesRegex(AccessError, order.name):
            profile.temporary_limit = 500
        with self.assertRaisesRegex(UserError, order.name):
            own.unlink()
        profile.with_user(self.second).temporary_limit = 500
        copy.action_confirm()
        self.assertEqual(copy.collection_hold_state, "none")

    # === OWN DISPUTES ===#

    def test_own_dispute_frees_nothing_until_we_agree(self):
        self.limit_rule.action_archive()
        self.create_rule("overdue_days", 10, exclude_disputed=True)
        invoice = self.create_invoice(150, date="2026-01-01", due="2026-01-31")
        order, hold = self.create_held()
        self.assertEqual(hold.state, "active")
        [line] = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        disputes = self.env["sale.collection.dispute"].with_user(self.rep)
        dispute = disputes.with_context(default_agreed_by_id=self.rep.id).create(
            {
                "profile_id": self.profiles._for(self.customer).id,
                "reason_id": self.env["sale.collection.reason"].search([], limit=1).id,
                "agreed_by_id": self.rep.id,
                "line_ids": [Command.create({"line_id": line.id, "amount": 150})],
            }
        )
        self.assertFalse(dispute.agreed_by_id)
        order._collection_recheck()
        self.assertEqual(hold.state, "active")
        for act in (
            dispute.action_agree,
            lambda: dispute.write({"agreed_by_id": self.rep.id}),
        ):
            with self.assertRaises(AccessError):
                act()
        dispute.with_user(self.controller).action_agree()
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    # === RELEASE BY RPC ===#

    def test_release_with_odd_values(self):
        _order, hold = self.create_held()
        hold = hold.with_user(self.controller)
        for values in (
            {},
            {"reason": None},
            {"reason": 5},
            {"reason": ["x"]},
            {"reason": "x", "until": "soon"},
            {"reason": "x", "until": 5},
            {"reason": "x", "until": "9999-12-31"},
            {"reason": "x", "amount": "much"},
            {"reason": "x", "amount": float("nan")},
            {"reason": "x", "amount": float("inf")},
            {"reason": "x", "amount": 1e300},
            {"reason": "x", "amount": 0},
            {"reason": "x", "amount": True},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                hold.action_release(**values)
        for reason in (None, "", 5):
            with self.subTest(reason), self.assertRaises(UserError):
                hold.action_reject(reason)
        self.assertEqual(hold.state, "active")
        hold.action_release("Fine", "", False)
        self.assertEqual((hold.state, hold.release_amount), ("released", 150.0))
