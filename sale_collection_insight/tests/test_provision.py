import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_collection.tests.common import CollectionCommon

TODAY = "2026-07-15"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestProvision(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classes = cls.env["sale.collection.debt.class"]

    def provision(self, as_of=TODAY, scheme="aging_scheme_days"):
        aging = self.env["sale.collection.aging"].with_context(
            sale_collection_as_of=as_of,
            sale_collection_scheme=self.env.ref(f"sale_collection.{scheme}").id,
        )
        groups = aging._read_group(
            [], ["class_id"], ["amount:sum", "provision:sum"], order="class_id"
        )
        return {debt.name: (amount, provision) for debt, amount, provision in groups}

    def test_by_class(self):
        self.create_invoice(1000, "2026-07-01", "2026-08-01")
        self.create_invoice(200, "2026-02-01", "2026-04-15")
        self.create_invoice(33.33, "2025-01-01", "2025-02-01")
        self.create_entry([(self.receivable, -50), (self.revenue, 50)], "2026-07-01")
        expected = {
            "Normal": (1000, 0),
            "Watched": (200, 20),
            "Bad": (33.33, 16.67),
            False: (-50, 0),
        }
        self.assertEqual(self.provision(), expected)
        self.assertEqual(
            self.provision(scheme="aging_scheme_invoice_years"),
            expected,
            "classes count from the due date, whatever the bands count from",
        )
        self.assertEqual(
            self.provision("2026-05-01"), {"Normal": (200, 0), "Bad": (33.33, 16.67)}
        )

    def test_own_classes(self):
        self.create_invoice(200, "2026-02-01", "2026-04-15")
        self.classes.create({"name": "Slow", "from_days": 61, "percent": 5})
        self.classes.search([("from_days", "=", 91)]).unlink()
        self.assertEqual(self.provision(), {"Slow": (200, 10)})

    @mute_logger("odoo.sql_db")
    def test_bad_classes_are_refused(self):
        for values in (
            {"from_days": 91, "percent": 5},
            {"from_days": -1, "percent": 5},
            {"from_days": 20, "percent": 101},
        ):
            with self.subTest(values), self.assertRaises(psycopg2.IntegrityError):
                with self.env.cr.savepoint():
                    self.classes.create({"name": "Mine", **values})

    def test_dialog_opens_the_classes(self):
        dialog = self.env["sale.collection.aging.open"].create({})
        action = dialog.with_context(sale_collection_provision=True).action_open()
        pivot = self.env.ref("sale_collection_insight.aging_view_pivot_provision")
        self.assertEqual(action["views"][0], (pivot.id, "pivot"))
        self.assertEqual(action["context"]["sale_collection_as_of"], TODAY)
        self.assertNotEqual(dialog.action_open()["views"][0][0], pivot.id)

    def test_managers_alone_write_classes(self):
        controller = self.new_user(
            "controller", "sale_collection.group_credit_controller"
        )
        debt = self.classes.search([], limit=1).with_user(controller)
        self.assertTrue(debt.name)
        with self.assertRaises(AccessError):
            debt.percent = 7

    def test_cost_of_overdue_money(self):
        # Due 90 days ago, at 6 % a year.
        self.create_invoice(100000, "2026-03-01", "2026-04-16")
        report = self.env["sale.collection.reason.report"]
        row = report.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.days, row.amount_days), (90, 9000000))
        self.assertEqual(round(row.cost, 2), 1479.45)
        self.company.collection_cost_rate = 3
        self.env.flush_all()
        self.env.invalidate_all()
        [(cost,)] = report._read_group([("id", "=", row.id)], [], ["cost:sum"])
        self.assertEqual(round(cost, 2), 739.73)
