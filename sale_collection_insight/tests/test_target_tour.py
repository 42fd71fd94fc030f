from datetime import timedelta

from odoo.tests import HttpCase, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon


@tagged("post_install", "-at_install")
class TestTargetTour(CollectionCommon, HttpCase):
    """A rep finds the gap and whom to ask; a manager finds totals and rates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.boss = cls.new_users(
            "tour",
            rep="sale_collection.group_user",
            boss="sale_collection.group_manager",
        )
        cls.customer.user_id = cls.rep
        cls.today = cls.company._collection_today()

    def sell(self, amount, invoiced, due):
        """Return an invoice of days counted from today."""
        return self.create_invoice(
            amount,
            self.today + timedelta(invoiced),
            self.today + timedelta(due),
            invoice_user_id=self.rep.id,
        )

    def set_target(self):
        """Set 300,000 for the days to come, of which 200,000 is promised."""
        invoice = self.sell(500_000, -60, -30)
        target = self.env["sale.collection.target"].create(
            {
                "user_id": self.rep.id,
                "date_from": self.today,
                "date_to": self.today + timedelta(30),
                "amount": 300_000,
            }
        )
        self.env["sale.collection.promise"].create(
            {
                "profile_id": self.env["sale.collection.profile"]
                ._for(self.customer)
                .id,
                "amount": 200_000,
                "date": self.today + timedelta(7),
                "line_ids": self.receivable_lines(invoice).ids,
            }
        ).action_open()
        self.env.cr.flush()
        self.env["sale.collection.profile"]._refresh_touched(self.customer)
        return target

    def test_rep_finds_the_gap_and_asks(self):
        self.set_target()
        self.start_tour(
            "/odoo/collection-targets", "sale_collection_insight_gap", login="tour_rep"
        )
        [contact] = self.env["sale.collection.contact"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual((contact.result, contact.user_id), ("no_answer", self.rep))

    def test_manager_finds_the_total(self):
        self.set_target()
        self.start_tour(
            "/odoo/collection-targets",
            "sale_collection_insight_total",
            login="tour_boss",
        )

    def test_manager_reads_rates(self):
        due = self.sell(400, -60, 0)
        self.pay(due, 50, date=self.today - timedelta(40))
        self.pay(due, 250, date=self.today)
        self.pay(self.sell(100, -90, -45), date=self.today)
        self.sell(500, 0, 40)
        self.env.cr.flush()
        self.start_tour(
            "/odoo/collection-rates", "sale_collection_insight_rates", login="tour_boss"
        )
