from odoo import Command
from odoo.tests import freeze_time, tagged

from .test_bill import MATURITY, BillCommon

# The last day on which a bill is a risk.
MATURITY_BEFORE = MATURITY - 1


@tagged("post_install", "-at_install")
class TestBillConsumers(BillCommon):
    """What supply rules, reminders and commission make of bills, where installed."""

    def require(self, model):
        if model not in self.env:
            self.skipTest(f"{model} is not installed")
        return self.env[model]

    # === SUPPLY ===#

    def order(self):
        """Return an order of 100 for a customer whose limit of 1,050 is in use."""
        rules = self.require("sale.collection.hold.rule")
        rules.search([]).action_archive()
        self.company.account_use_credit_limit = True
        self.customer.with_company(self.company).credit_limit = 1050
        self.profile.credit_policy = "limit"
        rules.create(
            {
                "name": "Over limit",
                "strength": "hold",
                "company_id": self.company.id,
                "condition_ids": [Command.create({"code": "over_limit"})],
            }
        )
        product = self.env["product.product"].sudo()
        product = product.create(
            {"name": "Service", "type": "service", "taxes_id": False}
        )
        orders = self.env["sale.order"].sudo()
        return orders.create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": product.id, "price_unit": 100})
                ],
            }
        )

    def strength(self, order, day=0):
        self.env.cr.flush()
        return order._collection_verdict(self.day(day))[order.id]["strength"]

    def test_goods_stay_until_it_matures(self):
        order = self.order()
        bill = self.take()
        self.assertEqual(self.strength(order), "hold", "in hand, not booked")
        self.book(bill)
        self.assertEqual(self.strength(order), "hold", "booked, not money yet")
        self.assertEqual(self.strength(order, MATURITY_BEFORE), "hold")
        self.assertEqual(self.strength(order, MATURITY_BEFORE + 1), "none")

    def test_goods_stay_when_booked_ahead(self):
        order = self.order()
        self.book(self.take(), payment_date=self.day(MATURITY_BEFORE + 1))
        self.assertEqual(self.strength(order), "hold")
        self.assertEqual(self.strength(order, MATURITY_BEFORE + 1), "none")

    def test_a_notice_frees_nothing(self):
        order = self.order()
        self.report()
        self.assertEqual(self.strength(order), "hold")

    # === REMINDERS ===#

    def remind(self, day=0):
        """Return (state, reason) of what a night would send."""
        ladders = self.require("sale.collection.ladder")
        if not ladders._get_live(self.company):
            text = "sale_collection_reminder.mail_template_reminder_first"
            step = {"name": "5", "days": 5, "template_id": self.env.ref(text).id}
            ladder = ladders.create(
                {
                    "name": "Plan",
                    "company_id": self.company.id,
                    "step_ids": [Command.create(step)],
                }
            )
            ladder._go_live(self.day(-400))
            ladder._confirm_first_run()
            self.invoice.is_move_sent = True
            self.customer.email = "pay@example.com"
        self.env.cr.flush()
        reminders = self.env["sale.collection.reminder"].sudo()
        found = reminders._prepare(self.day(day))
        found = found.filtered(lambda one: one.partner_id == self.customer)
        return found.mapped("state"), found.mapped("reason")

    def test_no_reminder_while_a_bill_is_in_hand(self):
        self.take()
        self.assertEqual(self.remind(), (["dropped"], ["bill"]))

    def test_no_reminder_while_a_notice_waits(self):
        notice = self.report()
        self.assertEqual(self.remind(), (["dropped"], ["told"]))
        notice.with_user(self.accountant)._refuse("Not there")
        states, _reasons = self.remind()
        self.assertNotIn("dropped", states)

    def test_what_waits_is_checked_before_it_goes_out(self):
        states, _reasons = self.remind()
        self.assertEqual(states, ["ready"])
        self.report()
        reminders = self.env["sale.collection.reminder"].sudo()
        waiting = reminders.search([("state", "=", "ready")])
        waiting._send(self.today)
        self.assertEqual((waiting.state, waiting.reason), ("dropped", "told"))

    # === COMMISSION ===#

    def earn(self, **values):
        """Return what the money of the invoice has earned, at 10 %.

        It comes late: plans begin with a factor of 80 % for that.
        """
        plans = self.require("sale.collection.commission.plan")
        if not plans.search([("name", "=", "Ten percent")]):
            self.invoice.invoice_user_id = self.rep
            plans.create(
                {
                    "name": "Ten percent",
                    "company_id": self.company.id,
                    "date_from": self.day(-365),
                    "rate_ids": [Command.create({"percent": 10})],
                    **values,
                }
            )
        self.env.cr.flush()
        entries = self.env["sale.collection.commission.entry"].sudo()
        entries._accrue()
        own = entries.search([("move_ref", "=", self.invoice.id)])
        return sum(own.mapped("amount"))

    def test_commission_when_it_has_cleared(self):
        self.assertEqual(self.earn(), 0)
        bill = self.take(matures=0)
        self.assertEqual(self.earn(), 0)
        self.book(bill)
        self.assertEqual(self.earn(), 0, "booked, not cleared")
        bill.with_user(self.accountant).action_clear()
        self.assertEqual(self.earn(), 80)

    def test_commission_of_a_bill_that_bounced(self):
        bill = self.take(matures=0)
        payment = self.book(bill)
        bill.with_user(self.accountant).action_clear()
        self.assertEqual(self.earn(), 80)
        self.env["sale.collection.bounce"]._bounce(payment, self.today, "funds")
        self.assertEqual(self.earn(), 0)

    def test_commission_of_a_notice(self):
        self.report()
        self.assertEqual(self.earn(), 0)

    # === ALL OF THEM ===#

    def assertReaders(self, order, promise, moments):
        """Assert what five readers say of the debt of 1,000 on some days.

        :param moments: (day, what is done first, exposure, aging, supply, promise,
            commission)
        """
        for day, act, *expected in moments:
            with self.subTest(day=day, act=act), freeze_time(self.day(day)):
                if act:
                    act()
                self.touch()
                promise.sudo()._evaluate(self.day(day))
                found = [
                    self.read_facts(self.day(day))["exposure"],
                    self.read_aging(),
                    self.strength(order, day),
                    promise.state,
                    self.earn(factor_ids=[]),
                ]
                self.assertEqual(found, expected)

    def promise(self):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": 1000,
                "date": self.day(3),
                "grace_days": 0,
                "line_ids": self.receivable_lines(self.invoice).ids,
            }
        )
        promise.action_open()
        return promise

    def test_all_readers_of_a_bill_booked_when_it_matures(self):
        order, promise, bill = self.order(), self.promise(), self.take()
        accountant_s = bill.with_user(self.accountant)

        def clear():
            self.book(bill, payment_date=self.day(MATURITY))
            accountant_s.action_clear()

        def bounce():
            payment, today = bill.sudo().payment_id, self.company._collection_today()
            self.env["sale.collection.bounce"]._bounce(payment, today, "funds")

        before, last, due = [(1000, -MATURITY, "bill")], [(1000, -1, "bill")], MATURITY
        self.assertReaders(
            order,
            promise,
            [
                (0, None, 1000, before, "hold", "kept", 0),
                (due - 1, None, 1000, last, "hold", "kept", 0),
                (due, clear, 0, [], "none", "kept", 100),
                (due + 1, None, 0, [], "none", "kept", 100),
                (due + 2, bounce, 1000, [(1000, due + 32, False)], "hold", "broken", 0),
            ],
        )

    def test_all_readers_of_a_bill_booked_from_the_invoice(self):
        """By core's dialog, on the day it was handed over; it bounces uncleared."""
        order, promise, bill = self.order(), self.promise(), self.take()

        def book():
            self.pay(self.invoice, date=self.today)

        def deposit():
            bill.with_user(self.accountant).action_deposit()

        def bounce():
            payment, today = bill.sudo().payment_id, self.company._collection_today()
            self.env["sale.collection.bounce"]._bounce(payment, today, "funds")
            self.assertEqual(bill.state, "bounced")

        due = MATURITY
        self.assertReaders(
            order,
            promise,
            [
                (0, book, 1000, [], "hold", "kept", 0),
                (due - 1, deposit, 1000, [], "hold", "kept", 0),
                (due, None, 0, [], "none", "kept", 0),
                (due + 1, bounce, 1000, [(1000, due + 31, False)], "hold", "broken", 0),
            ],
        )
