from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .desk_common import CONTROL, HoldDeskCommon


@tagged("post_install", "-at_install")
class TestHoldDesk(HoldDeskCommon):
    """Asking for release, releasing, rejecting, telling the customer."""

    def release(self, hold, user, **values):
        """Release holds in the dialog."""
        action = hold.with_user(user).action_open_release()
        dialog = Form(
            self.env["sale.collection.hold.release"]
            .with_user(user)
            .with_context(**action["context"])
        )
        dialog.reason = "Long-standing customer"
        for name, value in values.items():
            setattr(dialog, name, value)
        dialog.save().action_release()

    def write_message(self, action, user, body="Please look at it"):
        dialog = Form(
            self.env["sale.collection.hold.message"]
            .with_user(user)
            .with_context(**action["context"])
        )
        dialog.body = body
        return dialog.save().action_apply()

    # === QUEUE ===#

    def test_held_order_waits_for_the_controller(self):
        order, hold = self.create_held()
        self.assertEqual(hold.waits_for, "controller")
        self.assertEqual(hold.controller_id, self.controller)
        [activity] = self.activities(hold)
        self.assertEqual(activity.user_id, self.controller)
        self.assertIn("Over the credit limit", hold.reason_text)
        self.assertTrue(hold.cure_text)
        self.assertIn("Supply waits", order.message_ids[:1].body)
        note = self.env["mail.message"].search(
            [("partner_ids", "in", self.rep.partner_id.ids)], limit=1
        )
        self.assertIn(order.name, note.subject)

    def test_prepaid_orders_need_no_decision(self):
        self.limit_rule.action_archive()
        self.create_rule(strength="prepay")
        _order, hold = self.create_held()
        self.assertFalse(hold.waits_for)
        self.assertFalse(self.activities(hold))

    def test_strength_decides_whose_turn_it_is(self):
        order, hold = self.create_held()
        self.limit_rule.strength = "prepay"
        order._collection_recheck()
        self.assertEqual((hold.strength, hold.waits_for), ("prepay", False))
        self.assertFalse(self.activities(hold))
        self.limit_rule.strength = "hold"
        order._collection_recheck()
        self.assertEqual((hold.state, hold.waits_for), ("active", "controller"))
        self.assertEqual(len(self.activities(hold)), 1)

    def test_deleted_quotation_leaves_no_activity(self):
        self.limit_rule.strength = "refuse"
        order = self.create_order(150, user_id=self.rep.id)
        order._collection_ask_release("Please")
        hold = order.collection_hold_id
        activity = self.activities(hold)
        order.unlink()
        self.assertFalse(activity.exists())
        self.assertFalse(hold.exists())

    def test_ready_tells_the_rep_and_clears_the_desk(self):
        order, hold = self.create_held()
        self.set_limit(500)
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")
        self.assertFalse(hold.waits_for)
        self.assertFalse(self.activities(hold))
        self.assertIn("supply goes on", order.message_ids[:1].body)

    # === REP AND CONTROLLER ===#

    def test_rep_asks_controller_asks_back(self):
        order, hold = self.create_held()
        action = order.with_user(self.rep).action_collection_request_release()
        self.write_message(action, self.rep, "They pay on Friday")
        self.assertEqual((hold.asked_by_id, hold.waits_for), (self.rep, "controller"))
        [activity] = self.activities(hold)
        self.assertIn("They pay on Friday", activity.note)
        action = hold.with_user(self.controller).action_open_question()
        self.write_message(action, self.controller, "Do we have it in writing?")
        self.assertEqual(hold.waits_for, "rep")
        [question] = self.activities(order, "sale_collection_hold.activity_hold_answer")
        self.assertEqual(question.user_id, self.rep)
        self.assertIn("in writing?", order.collection_banner)
        action = order.with_user(self.rep).action_collection_request_release()
        self.write_message(action, self.rep, "Yes, by mail")
        self.assertEqual(hold.waits_for, "controller")
        self.assertFalse(
            self.activities(order, "sale_collection_hold.activity_hold_answer")
        )

    def test_salesperson_without_our_rights_asks(self):
        order, hold = self.create_held(user=self.seller)
        self.assertIn("Supply waits", order.with_user(self.seller).collection_banner)
        action = order.with_user(self.seller).action_collection_request_release()
        self.write_message(action, self.seller)
        self.assertEqual(hold.asked_by_id, self.seller)
        with self.assertRaises(AccessError):
            hold.with_user(self.seller).action_release("Mine")

    def test_empty_message_is_refused(self):
        order, _hold = self.create_held()
        dialog = self.env["sale.collection.hold.message"].create(
            {"kind": "request", "order_id": order.id, "body": "  "}
        )
        with self.assertRaisesRegex(UserError, "Message:"):
            dialog.action_apply()

    def test_ask_for_a_quotation_that_is_refused(self):
        self.limit_rule.strength = "refuse"
        order = self.create_order(150, user_id=self.rep.id)
        self.assertEqual(order.collection_banner_level, "danger")
        self.assertTrue(order.collection_can_request)
        self.assertIn("cannot be confirmed", order.collection_banner)
        action = order.with_user(self.rep).action_collection_request_release()
        self.write_message(action, self.rep)
        hold = order.collection_hold_id
        self.assertEqual((hold.state, order.state), ("active", "draft"))
        self.release(hold, self.controller)
        order.with_user(self.rep).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_asking_without_a_reason_to(self):
        order = self.create_order(50)
        action = order.action_collection_request_release()
        with self.assertRaisesRegex(UserError, "no rule stops"):
            self.write_message(action, self.env.user)

    # === RELEASE ===#

    def test_controller_releases(self):
        order, hold = self.create_held()
        until = self.company._collection_today() + timedelta(days=10)
        self.release(hold, self.controller, until=until, amount=200)
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.released_by_id, self.controller)
        self.assertEqual((hold.release_until, hold.release_amount), (until, 200))
        self.assertEqual(order.collection_hold_state, "released")
        self.assertFalse(self.activities(hold))
        self.assertIn("Long-standing customer", order.message_ids[:1].body)
        self.assertIn("Released by", order.collection_banner)
        self.assertEqual(order.collection_banner_level, "info")

    def test_released_twice_says_so(self):
        _order, hold = self.create_held()
        self.release(hold, self.controller)
        with self.assertRaisesRegex(UserError, "Released"):
            self.release(hold, self.controller)

    def test_bulk(self):
        holds = self.create_held(150)[1] | self.create_held(160)[1]
        self.release(holds, self.controller)
        self.assertEqual(set(holds.mapped("state")), {"released"})
        self.assertEqual(holds.mapped("release_amount"), [150, 160])

    def test_reject(self):
        order, hold = self.create_held()
        action = hold.with_user(self.controller).action_open_reject()
        self.write_message(action, self.controller, "No more credit")
        self.assertEqual(order.collection_hold_state, "rejected")
        self.assertIn("No more credit", order.collection_banner)
        self.assertFalse(self.activities(hold))
        [activity] = self.activities(
            order, "sale_collection_hold.activity_hold_rejected"
        )
        self.assertEqual(activity.user_id, self.rep)

    def test_who_may_release(self):
        _order, hold = self.create_held()
        for user in (self.rep, self.auditor):
            with self.assertRaises(AccessError):
                hold.with_user(user).action_release("Please")
            with self.assertRaises(AccessError):
                hold.with_user(user).action_reject("Please")
            with self.assertRaises(AccessError):
                hold.with_user(user).action_open_question()
        self.assertEqual(hold.with_user(self.auditor).state, "active")
        with self.assertRaises(AccessError):
            hold.with_user(self.controller).write({"state": "released"})

    def test_not_the_own_order(self):
        order, hold = self.create_held(user=self.controller)
        with self.assertRaisesRegex(AccessError, order.name):
            hold.with_user(self.controller).action_release("Mine")
        self.assertEqual(hold.state, "active")
        hold.with_user(self.second).action_release("Fine")
        self.assertEqual(hold.state, "released")

    def test_own_order_passed_to_a_colleague(self):
        order, hold = self.create_held(user=self.controller)
        order.with_user(self.controller).user_id = self.rep
        self.assertEqual(hold.user_id, self.rep)
        self.assertTrue(hold.with_user(self.controller).is_own_order)
        with self.assertRaisesRegex(AccessError, order.name):
            hold.with_user(self.controller).action_release("No longer mine")
        with self.assertRaisesRegex(AccessError, order.name):
            self.profiles._for(self.customer).with_user(
                self.controller
            ).temporary_limit = 500
        order._collection_recheck()
        self.assertEqual(hold.state, "active")
        order._action_cancel()
        order.action_draft()
        self.set_limit(100).temporary_limit = 0
        order.action_confirm()
        again = order.collection_hold_id
        self.assertNotEqual(again, hold)
        with self.assertRaisesRegex(AccessError, order.name):
            again.with_user(self.controller).action_release("Another hold")

    def leave_only_controller(self):
        """Move all other controllers to another company."""
        elsewhere = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        others = self.company._collection_get_controllers() - self.controller
        others.write(
            {"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id}
        )

    def test_own_order_where_nobody_else_is(self):
        _order, hold = self.create_held(user=self.controller)
        self.leave_only_controller()
        hold = hold.with_user(self.controller)
        hold.action_release("Nobody else")
        self.assertEqual(hold.state, "released")
        self.assertIn("own salesperson", "".join(hold.message_ids.mapped("body")))

    # === FOUR EYES ===#

    def test_second_person_above_an_amount(self):
        self.env["sale.collection.hold.approval"].create(
            {"company_id": self.company.id, "amount_from": 120, "needs_second": True}
        )
        small = self.create_held(110)[1]
        self.release(small, self.controller)
        self.assertEqual(small.state, "released")
        order, hold = self.create_held(150)
        self.release(hold, self.controller)
        self.assertEqual((hold.state, hold.waits_for), ("active", "second"))
        self.assertEqual(hold.first_by_id, self.controller)
        [activity] = self.activities(hold)
        self.assertNotEqual(activity.user_id, self.controller)
        self.assertIn("second person", order.collection_banner)
        with self.assertRaisesRegex(AccessError, "already"):
            hold.with_user(self.controller).action_release("Again")
        with self.assertRaisesRegex(UserError, "approved up to"):
            hold.with_user(self.second).action_release("More", amount=200)
        self.release(hold, self.second)
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.released_by_id, self.second)
        self.assertEqual(hold.first_by_id, self.controller, "who agreed stays")
        hold.sudo().state = "active"  # held again
        self.release(hold, self.second)
        self.assertEqual((hold.state, hold.waits_for), ("active", "second"))
        self.assertEqual(hold.first_by_id, self.second, "the old approval is void")
        hold.with_user(self.controller).action_reject("Too much after all")
        self.assertFalse(hold.first_by_id)

    def test_named_people_above_an_amount(self):
        self.env["sale.collection.hold.approval"].create(
            {
                "company_id": self.company.id,
                "amount_from": 120,
                "user_ids": [Command.set(self.second.ids)],
            }
        )
        _order, hold = self.create_held(150)
        with self.assertRaisesRegex(AccessError, "are released by hold_second"):
            hold.with_user(self.controller).action_release("Please")
        hold.with_user(self.second).action_release("Fine")
        self.assertEqual(hold.state, "released")

    def test_levels_are_managers_business(self):
        levels = self.env["sale.collection.hold.approval"]
        with self.assertRaises(AccessError):
            levels.with_user(self.controller).create({"amount_from": 5})
        self.assertEqual(levels.with_user(self.rep).search_count([]), 0)

    # === OWN LIMIT RAISE ===#

    def raise_limit(self, user, amount):
        customer = self.customer.with_user(user).with_company(self.company)
        customer.credit_limit = amount

    def test_own_limit_raise_frees_nothing(self):
        order, hold = self.create_held(user=self.controller)
        with self.assertRaisesRegex(AccessError, order.name):
            self.raise_limit(self.controller, 1000)
        order._collection_recheck()
        self.assertEqual(hold.state, "active")
        self.assertEqual(self.customer.with_company(self.company).credit_limit, 100)
        self.raise_limit(self.controller, 90)
        hold.with_user(self.second).action_release("Checked")
        self.raise_limit(self.controller, 1000)
        self.assertEqual(hold.state, "released")

    def test_own_raise_counts_for_who_sold_it_when_it_was_stopped(self):
        order, hold = self.create_held(user=self.controller)
        order.user_id = self.rep
        with self.assertRaisesRegex(AccessError, order.name):
            self.raise_limit(self.controller, 1000)
        self.assertEqual(hold.state, "active")

    def test_orders_of_others_do_not_keep_a_controller_from_raising(self):
        order, hold = self.create_held()
        self.raise_limit(self.controller, 1000)
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    def test_own_raise_where_nobody_else_is(self):
        order, hold = self.create_held(user=self.controller)
        self.leave_only_controller()
        self.raise_limit(self.controller, 1000)
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")
        bodies = hold.sudo().message_ids.mapped("body")
        self.assertIn("own salesperson", "".join(bodies))

    def test_own_order_is_not_freed_by_excluding_its_customer(self):
        order, hold = self.create_held(user=self.controller)
        profile = self.profiles._for(self.customer)
        values = {"excluded": True, "excluded_reason": "Pays by direct debit"}
        with self.assertRaisesRegex(AccessError, order.name):
            profile.with_user(self.controller).write(values)
        profile.with_user(self.second).write(values)
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    def test_own_raise_then_raised_by_another(self):
        order, hold = self.create_held(user=self.controller)
        profile = self.profiles._for(self.customer)
        with self.assertRaisesRegex(AccessError, order.name):
            profile.with_user(self.controller).temporary_limit = 500
        order._collection_recheck()
        self.assertEqual(hold.state, "active")
        profile.with_user(self.second).temporary_limit = 600
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    def test_own_raise_then_less_ordered(self):
        order, hold = self.create_held(user=self.controller)
        profile = self.profiles._for(self.customer)
        for values in (
            {"credit_policy": "unlimited"},
            {"guarantee_amount": 500},
            {"temporary_limit": 500, "temporary_limit_until": "2099-01-01"},
        ):
            with self.subTest(values), self.assertRaisesRegex(AccessError, order.name):
                profile.with_user(self.controller).write(values)
        order._collection_recheck()
        self.assertEqual(hold.state, "active")
        profile.with_user(self.controller).credit_policy = "prepay"
        profile.with_user(self.second).credit_policy = "limit"
        order.order_line.product_uom_qty = 0.5
        order._collection_recheck()
        self.assertEqual(hold.state, "ready")

    # === PROMISE ===#

    def create_promise(self, amount, days=5):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profiles._for(self.customer).id,
                "amount": amount,
                "date": self.company._collection_today() + timedelta(days=days),
            }
        )
        promise.action_open()
        return promise

    def test_release_on_a_promise_and_its_end(self):
        self.create_invoice(80, date="2026-01-01", due="2026-01-31")
        promise = self.create_promise(80)
        order, hold = self.create_held()
        self.release(hold, self.controller, promise_id=promise)
        self.assertEqual((hold.state, hold.promise_id), ("released", promise))
        self.assertEqual(promise.hold_count, 1)
        order._collection_recheck()
        self.assertEqual(hold.state, "released")
        later = promise.date + timedelta(days=promise.grace_days + 1)
        promise._evaluate(later)
        self.assertEqual(promise.state, "broken")
        order._collection_recheck(later)
        self.assertEqual(hold.state, "expired")
        self.assertEqual(order.collection_hold_state, "held")
        self.assertIn("Broken", "".join(order.message_ids.mapped("body")))

    def test_promise_of_somebody_else(self):
        _order, hold = self.create_held()
        self.create_invoice(80, partner=self.partner_a)
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profiles._for(self.partner_a).id,
                "amount": 80,
                "date": self.company._collection_today() + timedelta(days=5),
            }
        )
        controller = hold.with_user(self.controller)
        with self.assertRaisesRegex(UserError, "no open promise"):
            controller._release_on_promise(promise.sudo(), "Why")
        promise.action_open()
        with self.assertRaisesRegex(UserError, "another customer"):
            controller._release_on_promise(promise.sudo(), "Why")

    # === SUPPLY NOTICE ===#

    def test_supply_notice(self):
        invoice = self.create_invoice(300, date="2026-01-01", due="2026-01-31")
        order, hold = self.create_held()
        action = hold.with_user(self.rep).action_send_notice()
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        body = composer.body
        self.assertIn(invoice.name, body)
        self.assertIn(order.name, body)
        for secret in ("limit", "score", "grade", "credit"):
            self.assertNotIn(secret, body.lower())
        composer.save()._action_send_mail()
        self.assertTrue(hold.notice_at)
        message = hold.message_ids[:1]
        self.assertEqual(message.partner_ids, self.customer)

    def test_supply_notice_in_the_language_of_its_reader(self):
        self.load_language("zh_CN")
        self.customer.lang = "zh_CN"
        self.rep.lang = "en_US"
        invoice = self.create_invoice(300, date="2026-01-01", due="2026-01-31")
        _order, hold = self.create_held()
        action = hold.with_user(self.rep).action_send_notice()
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        self.assertIn("您的订单", composer.subject)
        self.assertIn(invoice.name, composer.body)
        self.assertIn("到期", composer.body)
        self.assertNotIn("Dear", composer.body)
        composer.save()._action_send_mail()
        self.assertNotIn("Dear", hold.message_ids[:1].body)

    def test_people_are_told_in_their_language(self):
        self.load_language("zh_CN")
        self.controller.lang, self.rep.lang = "zh_CN", "en_US"
        _order, hold = self.create_held()
        self.assertEqual(self.activities(hold).summary, "审批暂停发货的订单")
        hold.order_id.with_user(self.rep)._collection_ask_release("They pay")
        self.assertIn("申请放行", self.activities(hold).summary)

    def test_errors_say_what_is_so(self):
        order = self.create_order(50, confirm=True, user_id=self.rep.id)
        line = order.order_line.with_user(self.rep)
        with self.assertRaisesRegex(AccessError, "“Subtotal” of an order is set by"):
            line.price_subtotal = 0
        held, hold = self.create_held()
        goods = held.order_line.with_user(self.rep)
        text = f"Supply of {held.name} waits: its goods cannot be noted as delivered"
        with self.assertRaisesRegex(AccessError, text):
            goods.qty_delivered = 1
        with self.assertRaisesRegex(AccessError, "its date cannot be changed"):
            held.with_user(self.rep).date_order = "2020-01-01"
        with self.assertRaisesRegex(AccessError, "decided on with their buttons"):
            hold.with_user(self.rep).strength = "limit"

    def test_notice_of_a_prepaid_order(self):
        self.limit_rule.action_archive()
        self.create_rule(strength="prepay")
        _order, hold = self.create_held(250)
        self.assertEqual(hold._get_notice_amount(), 250)
        self.assertFalse(hold._get_notice_lines())

    # === COMPANIES ===#

    def test_other_company(self):
        _order, hold = self.create_held()
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            login="hold_elsewhere",
            groups=CONTROL,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.holds.with_user(user).search([]))
        with self.assertRaises(AccessError):
            hold.with_user(user).action_release("Hello")
        with self.assertRaises(AccessError):
            self.env["sale.collection.hold.news"].with_user(user)._ask_salesperson(
                hold.with_user(user), "Hello"
            )
        release = self.env["sale.collection.hold.release"].with_user(user)
        given = {"hold_ids": [(6, 0, hold.ids)]}
        for act in (
            lambda: release.create({**given, "reason": "Hello"}),
            lambda: release.onchange(given, ["hold_ids"], {"order_amount": {}}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_a_message_names_its_orders(self):
        messages = self.env["sale.collection.hold.message"].with_user(self.controller)
        for kind in ("request", "question", "reject"):
            message = messages.create({"kind": kind, "body": "Why?"})
            with self.subTest(kind=kind):
                with self.assertRaisesRegex(UserError, "^Orders: "):
                    message.action_apply()

    def test_unsaved_confirmation_tells_nothing_of_a_colleagues_order(self):
        order = self.create_order(150, user_id=self.rep.id)
        form = self.env["sale.collection.hold.confirm"].with_user(self.seller)
        given = {"order_ids": [(6, 0, order.ids)]}
        spec = {
            "order_ids": {},
            "line_ids": {"fields": {"amount_total": {}, "reason": {}}},
        }
        with self.assertRaises(AccessError):
            form.onchange(given, ["order_ids"], spec)
        with self.assertRaises(AccessError):
            form.create({"order_ids": order.ids})
        form = form.with_user(self.rep)
        told = form.onchange(given, ["order_ids"], spec)
        self.assertIn("line_ids", told["value"])

    def test_orders_tell_nothing_of_holds_of_others(self):
        _order, hold = self.create_held()
        form = self.env["sale.order"].with_user(self.seller)
        with self.assertRaises(AccessError):
            form.onchange(
                {"collection_hold_id": hold.id},
                ["collection_hold_id"],
                {"collection_hold_state": {}},
            )

    # === ONE GROUP EACH ===#

    def test_bare_salesperson_confirms_and_asks(self):
        passing = self.create_order(50, user_id=self.seller.id)
        held = self.create_order(150, user_id=self.seller.id)
        dialog = Form(
            self.env["sale.collection.hold.confirm"]
            .with_user(self.seller)
            .with_context(default_order_ids=[(6, 0, (passing | held).ids)])
        ).save()
        dialog.action_confirm()
        self.assertEqual((passing.state, held.state), ("sale", "sale"))
        self.assertEqual(held.collection_hold_state, "held")
        action = held.with_user(self.seller).action_collection_request_release()
        self.write_message(action, self.seller)
        self.assertEqual(held.collection_hold_id.asked_by_id, self.seller)

    def test_bare_controller_decides(self):
        controller = self.new_user(
            "bare_controller", "sale_collection.group_credit_controller"
        )
        self.company.collection_controller_id = controller
        for decide in (
            lambda hold: self.release(hold, controller, amount=160),
            lambda hold: self.write_message(
                hold.with_user(controller).action_open_reject(), controller
            ),
            lambda hold: self.write_message(
                hold.with_user(controller).action_open_question(), controller
            ),
        ):
            decide(self.create_held()[1])
        holds = self.env["sale.collection.hold"].with_user(controller).search([])
        self.assertEqual(
            sorted((hold.state, hold.waits_for) for hold in holds),
            [("active", "rep"), ("rejected", False), ("released", False)],
        )

    # === CHECK ===#

    def test_check_this_order(self):
        self.create_rule("order_amount", 1000, name="Large")
        self.create_rule(
            name="Always",
            kind="exclude",
            partner_ids=[Command.set(self.partner_a.ids)],
        )
        order = self.create_order(150, user_id=self.rep.id)
        action = order.with_user(self.rep).action_collection_check()
        check = self.env["sale.collection.hold.preview"].browse(action["res_id"])
        self.assertEqual(check.strength, "hold")
        self.assertRecordValues(
            check.result_ids,
            [
                {"rule_name": "Over the limit", "outcome": "hit", "is_hit": True},
                {"rule_name": "Large", "outcome": "miss", "is_hit": False},
            ],
        )
        self.assertIn("150", check.result_ids[0].measured)
        self.assertIn("100", check.result_ids[0].threshold)
        self.assertTrue(check.cure_text)
        # one of the order and one of the customer, each with its name
        self.assertEqual(check.free_credit, "$\xa0100.00")
        order.action_confirm()
        self.profiles._for(self.customer)._refresh()
        action = order.with_user(self.rep).action_collection_check()
        check = self.env["sale.collection.hold.preview"].browse(action["res_id"])
        self.assertEqual(
            (check.free_credit, check.available_credit),
            ("$\xa0100.00", "$\xa0-\ufeff50.00"),
        )

    def test_a_warning_frees_nothing(self):
        self.limit_rule.strength = "warn"
        order = self.create_order(150)
        self.assertEqual(order.collection_banner_level, "warning")
        self.assertIn("150", order.collection_banner)
        self.assertNotIn("What frees supply", order.collection_banner)
        self.limit_rule.strength = "hold"
        self.env.invalidate_all()
        self.assertIn("What frees supply", order.collection_banner)

    def test_check_names_the_exemption(self):
        exemption = self.create_rule(
            name="Trusted",
            kind="exclude",
            partner_ids=[Command.set(self.customer.ids)],
        )
        order = self.create_order(150)
        action = order.action_collection_check()
        check = self.env["sale.collection.hold.preview"].browse(action["res_id"])
        self.assertEqual(check.strength, "none")
        self.assertEqual(check.result_ids.outcome, "exempt")
        self.assertEqual(check.result_ids.by_id, exemption)

    def test_banner_of_a_free_order(self):
        order = self.create_order(50)
        self.assertFalse(order.collection_banner)
        self.assertFalse(order.collection_banner_level)
        self.assertEqual(
            self.env["sale.order"].search(
                [("collection_hold_state", "=", "held"), ("id", "=", order.id)]
            ),
            self.env["sale.order"],
        )

    def test_form_of_a_new_quotation(self):
        self.profiles._for(self.customer).sudo().hold_state = "warn"
        form = Form(self.env["sale.order"])
        self.assertFalse(form.collection_banner_level)
        form.partner_id = self.customer
        self.assertEqual(form.collection_banner_level, "warning")
        with form.order_line.new() as line:
            line.product_id = self.goods
            line.price_unit = 500
        order = form.save()
        self.assertEqual(order.collection_banner_level, "danger")
        self.assertEqual(fields.Date.to_date(order.date_order), order.date_order.date())
