from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import ROLES, RolesCase

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestContractRoles(RolesCase, ContractCommon):
    """Every role reads plans with its own group alone; who sells writes them."""

    menu_entries = {group: ["Customers/Contract collection plans"] for group in ROLES}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.sell(1000)
        cls.pay(cls.bill_down(cls.order, 450), 350, date="2026-02-10")
        cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env.cr.flush()

    def read_as(self, user):
        """Return what a user reads of parts, in their order."""
        self.env.flush_all()
        self.env.invalidate_all()
        lines = self.lines.with_user(user).search([], order="sequence, date, id")
        return [
            (line.amount, line.amount_invoiced, line.amount_collected) for line in lines
        ]

    def test_rep_reads_own_orders(self):
        mine, theirs = self.new_users(
            "plan",
            mine="sales_team.group_sale_salesman",
            theirs="sales_team.group_sale_salesman",
        )
        self.order.user_id = mine
        # Without any right in accounting or collection.
        self.assertEqual(
            self.read_as(mine), [(300, 300, 300), (600, 150, 50), (100, 0, 0)]
        )
        self.assertEqual(self.read_as(theirs), [])
        self.assertEqual(self.order.with_user(mine).collection_contract_note, "")

    def test_collector_reads_own_customers(self):
        collector = self.new_user("plan_collector", "sale_collection.group_user")
        self.assertEqual(self.read_as(collector), [])
        self.customer.user_id = collector
        self.assertEqual(len(self.read_as(collector)), 3)
        line = self.lines.with_user(collector).search([], limit=1)
        self.assertEqual(line.order_id.display_name, self.order.name)
        with self.assertRaises(AccessError):
            line.date = "2026-05-01"
        with self.assertRaises(AccessError):
            line.unlink()

    def test_who_reads_all(self):
        for group in (
            "sale_collection.group_all_customers",
            "sale_collection.group_credit_controller",
            "sale_collection.group_manager",
            "account.group_account_readonly",
            "account.group_account_invoice",
            "sales_team.group_sale_salesman_all_leads",
        ):
            with self.subTest(group=group):
                self.assertEqual(len(self.read_as(self.new_user(group, group))), 3)

    def test_who_writes_orders_writes_plans(self):
        mine, theirs = self.new_users(
            "writes",
            mine="sales_team.group_sale_salesman",
            theirs="sales_team.group_sale_salesman,sale_collection.group_all_customers",
        )
        self.order.user_id = mine
        line = self.order.collection_contract_line_ids[2]
        line.with_user(mine).write({"percent": 0.05})
        self.assertEqual(line.amount, 50)
        # Reads it, as it collects from all customers, but the order is a colleague's.
        with self.assertRaises(AccessError):
            line.with_user(theirs).write({"percent": 0.06})
        with self.assertRaises(AccessError):
            line.with_user(theirs).unlink()
        part = {"order_id": self.order.id, "name": "More", "percent": 0.01}
        with self.assertRaises(AccessError):
            self.lines.with_user(theirs).create(part)
        own = self.create_order(100, user_id=theirs.id)
        moved = self.lines.with_user(theirs).create(part | {"order_id": own.id})
        with self.assertRaises(AccessError):
            moved.order_id = self.order
        line.with_user(mine).unlink()
        self.assertEqual(len(self.order.collection_contract_line_ids), 2)

    def test_told_on_is_written_by_code(self):
        line = self.order.collection_contract_line_ids[0]
        line.told_on = "2026-02-01"
        self.assertFalse(line.told_on)

    def test_drill_down(self):
        line = self.order.collection_contract_line_ids[0]
        invoices = line.action_open_invoices()
        self.assertEqual(invoices["res_id"], self.order.invoice_ids.id)
        money = line.action_open_receipts()
        receipts = self.env[money["res_model"]].search(money["domain"])
        self.assertEqual(sum(receipts.mapped("amount")), 350)
        self.assertEqual(line.action_open_order()["res_id"], self.order.id)
