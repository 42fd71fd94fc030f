from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon
from odoo.addons.sale_collection.tests.roles import RolesCase

COLLECTOR = [
    "Reporting/Cash forecast",
    "Reporting/Collection rates",
    "Reporting/Key figures",
    "Reporting/Month-end figures",
    "Reporting/Recovery by age",
    "Reporting/Work and money",
]
CONTROLLER = [*COLLECTOR, "Reporting/Provision preview"]
# Lists of the base that show figures of this addon.
EXTENDED = (
    "sale_collection.target_action",
    "sale_collection.open_item_action",
    "sale_collection.aging_action",
    "sale_collection.promise_action",
    "sale_collection.dispute_action",
)


@tagged("post_install", "-at_install")
class TestInsightRoles(RolesCase, CollectionCommon):
    """Every role reads targets, figures and forecasts with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": [],
        "sale_collection.group_all_customers": COLLECTOR,
        "sale_collection.group_credit_controller": CONTROLLER,
        "sale_collection.group_manager": [
            *CONTROLLER,
            "Configuration/Bad-debt classes",
        ],
        "account.group_account_readonly": CONTROLLER,
        "account.group_account_invoice": CONTROLLER,
        "account.group_account_manager": CONTROLLER,
    }
    ways_to_lists = {
        "sale_collection_insight.measure_action": (
            "button",
            "sale_collection.target_view_list",
        ),
        "sale_collection_insight.short_pay_action": (
            "button",
            "sale_collection.tail_view_list",
        ),
        "sale_collection_insight.target_customer_action": (
            "button",
            "sale_collection.target_view_list",
        ),
        "sale_collection_insight.forecast_action": (
            "button",
            "sale_collection_insight.forecast_line_view_list",
        ),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._collection_today()
        cls.pay_late()
        invoice = cls.create_invoice(1000, cls.day(-60), cls.day(-30))
        cls.pay(cls.create_invoice(100, cls.day(-60), cls.day(-30)), 50, cls.day(-9))
        cls.pay(cls.create_invoice(70, cls.day(-60), cls.day(-30)), date=cls.day(-9))
        cls.create_invoice(300, cls.day(-20), cls.day(5))
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env["sale.collection.promise"].create(
            {
                "profile_id": cls.profile.id,
                "amount": 200,
                "date": cls.day(7),
                "line_ids": cls.receivable_lines(invoice).ids,
            }
        ).action_open()
        cls.env["sale.collection.dispute"].create(
            {
                "partner_id": cls.customer.id,
                "reason_id": cls.env.ref("sale_collection.reason_price_difference").id,
            }
        )
        cls.target = cls.env["sale.collection.target"].create(cls.prepare_target())
        cls.env.cr.flush()
        cls.env["sale.collection.profile"].sudo()._refresh_touched(cls.customer)
        cls.env.flush_all()
        cls.env["sale.collection.forecast"].sudo()._keep(cls.company, cls.today)

    @classmethod
    def day(cls, number):
        return cls.today + timedelta(number)

    @classmethod
    def pay_late(cls):
        """Make the customer one whose instalments are warned of."""
        cls.env["sale.collection.history"].create(
            [
                {
                    "partner_id": cls.customer.id,
                    "invoice_ref": f"old {number}",
                    "invoice_date": cls.day(-130 - number),
                    "due_date": cls.day(-100 - number),
                    "paid_date": cls.day(-85 - number),
                    "amount": 100,
                    "source": "test",
                }
                for number in range(10)
            ]
        )

    @classmethod
    def prepare_target(cls):
        return {
            "user_id": cls.env.uid,
            "date_from": cls.today,
            "date_to": cls.day(30),
            "amount": 5000,
            "line_ids": [
                Command.create({"partner_id": cls.customer.id, "amount": 1000})
            ],
            "measure_ids": [
                Command.create({"partner_id": cls.customer.id, "expected_amount": 50})
            ],
        }

    def each_role(self):
        for group, env in super().each_role():
            self.target.user_id = self.target.measure_ids.user_id = env.user
            self.env.flush_all()
            yield group, env

    def find_actions(self):
        return super().find_actions() | self.env["ir.actions.act_window"].union(
            *map(self.env.ref, EXTENDED)
        )

    def find_models(self):
        return [*super().find_models(), "sale.collection.target"]

    def test_each_role_reads_the_gap_of_its_target(self):
        for group, env in self.each_role():
            with self.subTest(role=group):
                target = env["sale.collection.target"].browse(self.target.id)
                self.assertEqual(target.gap_uncovered, 4950)
                [row] = target.customer_ids
                self.assertEqual(
                    (row.partner_id, row.collectable), (self.customer, 850)
                )
                [warned] = env["sale.collection.open.item"].search(
                    [("is_early_warning", "=", True), ("amount", "=", 300)]
                )
                self.assertEqual(warned.partner_id, self.customer)
