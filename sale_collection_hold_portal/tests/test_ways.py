from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.sale_collection_hold.tests.common import HoldCommon
from odoo.addons.sale_collection_portal.tests.common import PortalCommon


@tagged("post_install", "-at_install")
class TestWays(HoldCommon, PortalCommon):
    """What the page of an order that waits offers to pay, and what comes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.profiles.sudo()
        cls.late, cls.later, cls.soon = (
            cls.owe(100, -30),
            cls.owe(60, -10),
            cls.owe(40, 20),
        )

    def hold(self, code="overdue_days", threshold=0.0, **values):
        """Return an order that waits by a rule."""
        self.create_rule(code, threshold, **values)
        order = self.create_order(200, confirm=True)
        self.assertEqual(order.collection_hold_state, "held")
        return order

    def open_order(self, order):
        return self.open(order.get_portal_url())

    def find_link(self, page, kind):
        return page.xpath(f"//a[@name='{kind}']/@href")

    def work_off(self):
        """Do what the queue does within a minute."""
        self.env.cr.flush()
        queue = self.env["sale.collection.queue"].sudo()
        rows = queue._lock_rows(0, 500)
        queue.browse(queue._process(rows)).unlink()
        self.env.invalidate_all()

    def assertFreed(self, order):
        self.work_off()
        self.assertEqual(order.collection_hold_state, "ready")

    # === WHAT IS OVERDUE ===#

    def test_pays_exactly_what_is_overdue(self):
        order = self.hold()
        self.login("customer")
        page = self.open_order(order)
        self.assertIn("get in touch about the delivery", page.text_content())
        [text] = self.read_texts(page, "pay")
        self.assertIn("160.00", text)
        [link] = self.find_link(page, "pay")
        page = self.open(link)
        self.assertIn("160.00", self.read_texts(page, "to_pay")[0])
        self.assertEqual(len(self.read_texts(page, "chosen_item")), 2)
        payment = self.begin(page)
        self.assertEqual(payment.amount, 160)
        self.finish(payment)
        self.assertEqual(self.get_open(self.late, self.later, self.soon), [0, 0, 40])
        self.assertFreed(order)
        self.assertFalse(self.read_texts(self.open_order(order), "ways"))

    def test_pays_what_is_overdue_longest(self):
        order = self.hold(threshold=15)
        self.login("customer")
        [link] = self.find_link(self.open_order(order), "pay")
        self.finish(self.begin(self.open(link)))
        self.assertEqual(self.get_open(self.late, self.later), [0, 60])
        self.assertFreed(order)

    def test_pays_a_part_where_that_is_enough(self):
        order = self.hold("overdue_amount", 50)
        self.login("customer")
        page = self.open_order(order)
        self.assertIn("110.00", self.read_texts(page, "pay")[0])
        [link] = self.find_link(page, "pay")
        self.finish(self.begin(self.open(link)))
        self.assertEqual(self.get_open(self.late, self.later), [0, 50])
        self.assertFreed(order)

    def test_more_than_is_overdue(self):
        # 200 of the order and 200 open are 400; 220 allowed: 180 too much
        self.set_limit(220)
        order = self.hold("over_limit")
        self.login("customer")
        [link] = self.find_link(self.open_order(order), "pay")
        payment = self.begin(self.open(link))
        self.assertEqual(payment.amount, 180)
        self.finish(payment)
        self.assertEqual(self.get_open(self.late, self.later, self.soon), [0, 0, 20])
        self.assertFreed(order)

    # === IN ADVANCE ===#

    def test_prepayment_frees_the_order(self):
        order = self.hold()
        self.login("customer")
        page = self.open_order(order)
        self.assertIn("200.00", self.read_texts(page, "prepay")[0])
        [link] = self.find_link(page, "prepay")
        payment = self.begin(self.open(link))
        self.assertEqual(payment.amount, 200)
        self.assertEqual(payment.sale_order_ids, order)
        self.finish(payment)
        self.assertFreed(order)

    def test_order_with_an_invoice_is_not_paid_twice(self):
        order = self.hold()
        self.bill(order).action_post()
        self.login("customer")
        page = self.open_order(order)
        self.assertFalse(self.find_link(page, "prepay"))

    # === WHERE THERE IS NO WAY ===#

    def test_free_order_has_no_button(self):
        order = self.create_order(200, confirm=True)
        self.login("customer")
        self.assertFalse(self.read_texts(self.open_order(order), "ways"))

    def test_rejected_order_has_no_button(self):
        order = self.hold()
        controller = self.new_user(
            "ways controller", "sale_collection.group_credit_controller"
        )
        order.collection_hold_id.with_user(controller).action_reject("Closed down")
        self.assertEqual(order.collection_hold_state, "rejected")
        self.login("customer")
        page = self.open_order(order)
        self.assertFalse(self.read_texts(page, "ways"))
        self.assertNotIn("Closed down", page.text_content())

    def test_what_is_paid_already_is_not_paid_twice(self):
        order = self.hold()
        self.login("customer")
        [link] = self.find_link(self.open_order(order), "pay")
        self.begin(self.open(link))
        self.assertFalse(self.find_link(self.open_order(order), "pay"))

    def test_debts_of_another_customer_of_the_group_are_not_shown(self):
        theirs = self.owe(70, -40, partner=self.branch)
        order = self.hold(by_group=True)
        cures = {cure["kind"]: cure for cure in order.collection_hold_id.cures}
        documents = cures["pay"]["documents"]
        self.assertIn(theirs.name, [row["name"] for row in documents])
        self.login("customer")
        page = self.open_order(order)
        self.assertFalse(self.find_link(page, "pay"))
        self.assertTrue(self.find_link(page, "prepay"))
        self.assertNotIn(theirs.name, page.text_content())

    # === WHO ===#

    def test_guest_with_the_link_of_an_order_pays_the_order_alone(self):
        order = self.hold()
        path = order.get_portal_url()
        self.authenticate(None, None)
        page = self.open(path)
        self.assertFalse(self.find_link(page, "pay"))
        self.assertTrue(self.find_link(page, "prepay"))
        self.assertNotIn(self.late.name, page.text_content())

    def test_contact_pays_what_the_customer_allows(self):
        order = self.hold()
        self.login("contact")
        self.assertTrue(self.find_link(self.open_order(order), "pay"))
        for scope in ("own", "none"):
            self.customer.collection_portal_scope = scope
            self.assertFalse(self.find_link(self.open_order(order), "pay"), scope)

    def test_other_customer_with_the_link_sees_no_debts(self):
        order = self.hold()
        self.login("other")
        page = self.open_order(order)
        self.assertFalse(self.find_link(page, "pay"))
        self.assertNotIn(self.late.name, page.text_content())

    def test_only_what_providers_take(self):
        order = self.hold()
        self.env["payment.provider"].sudo().search([]).state = "disabled"
        self.login("customer")
        self.assertFalse(self.read_texts(self.open_order(order), "ways"))

    def test_money_not_matched_yet_counts(self):
        bank = self.bank_journal.default_account_id
        self.create_entry([(bank, 30), (self.receivable, -30)], date=self.today)
        order = self.hold()
        self.login("customer")
        page = self.open_order(order)
        self.assertIn("130.00", self.read_texts(page, "pay")[0])
        [link] = self.find_link(page, "pay")
        self.finish(self.begin(self.open(link)))
        self.assertEqual(self.get_open(self.late, self.later), [0, 30])
        self.assertFreed(order)

    def test_partly_disputed_debt(self):
        reason = self.env.ref("sale_collection.reason_cash_shortage")
        line = self.receivable_lines(self.late)
        self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": reason.id,
                "date": self.today - timedelta(1),
                "line_ids": [Command.create({"line_id": line.id, "amount": 40})],
            }
        )
        order = self.hold()
        self.login("customer")
        # 60 of the older one and then the younger one: one payment does not do that
        self.assertFalse(self.find_link(self.open_order(order), "pay"))
