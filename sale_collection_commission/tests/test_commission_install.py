from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from .common import CommissionCommon

TODAY = date(2026, 3, 1)
TABLES = ("entry", "gap", "claim")


@tagged("post_install", "-at_install")
class TestCommissionInstall(CommissionCommon):
    """Commission installed on a ledger that has money already, and once more."""

    def run_night(self):
        self.env.flush_all()
        runs = self.env["sale.collection.run"].sudo().with_company(self.company)
        run = runs._run(TODAY, phases=["commission"])
        self.assertEqual(run.state, "done")
        self.env.invalidate_all()

    def drop_commission(self):
        """Leave what uninstalling and installing again leaves: empty tables."""
        self.env.flush_all()
        for name in TABLES:
            table = SQL.identifier(f"sale_collection_commission_{name}")
            self.env.cr.execute(SQL("DELETE FROM %s", table))
        self.env.invalidate_all()
        self.plan.unlink()

    def test_nobody_is_paid_without_a_plan(self):
        self.drop_commission()
        self.pay(self.sell(1000), date="2026-01-20")
        self.run_night()
        self.assertFalse(self.entries.search([("company_id", "=", self.company.id)]))
        gaps = self.env["sale.collection.commission.gap"].sudo()
        self.assertFalse(gaps.search([("company_id", "=", self.company.id)]))

    def test_installed_again_the_night_books_the_money_of_before(self):
        invoice = self.sell(1000)
        self.pay(invoice, 400, date="2026-01-20")
        self.pay(invoice, 600, date="2026-01-25")
        before = self.earned(invoice, today=TODAY)
        self.assertEqual(before, [40, 60])
        self.drop_commission()
        self.plan = self.create_plan()
        self.run_night()
        self.assertEqual(self.earned(invoice, today=TODAY), before)
        self.run_night()
        self.assertEqual(self.earned(invoice, today=TODAY), before, "booked once")

    def test_first_day(self):
        manager = self.new_user("day", "sale_collection.group_manager")
        panel = self.env["sale.collection.first.day"].with_user(manager)
        for text, is_done in (("Plans: 1.", True), ("Nobody earns", False)):
            [step] = [one for one in panel.read_panel() if one["code"] == "commission"]
            self.assertEqual(step["is_done"], is_done)
            self.assertIn(text, step["text"])
            self.env["sale.collection.commission.plan"].search([]).active = False
