from datetime import date

from odoo.tests import freeze_time, tagged

from ...tools.period import ANY_DAY, predict_payment
from ..common import CollectionCommon


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestOpenItem(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        # Friday 6 November, three days late as a habit.
        cls.invoice = cls.create_invoice(100, "2026-10-07", "2026-11-06")

    def set_habit(self, median, paid=5, profile=None):
        """Pretend a behaviour, as the refresh would have written it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_collection_profile SET median_days_late = %s, paid_count = %s"
            " WHERE id = %s",
            (median, paid, (profile or self.profile).id),
        )
        self.env.invalidate_all()

    def item(self, invoice=None):
        self.env.invalidate_all()
        return self.env["sale.collection.open.item"].search(
            [("move_id", "=", (invoice or self.invoice).id)], limit=1
        )

    def test_figures_of_an_instalment(self):
        late = self.create_invoice(50, "2026-09-01", "2026-10-23")
        item = self.item(late)
        self.assertEqual((item.days_overdue, item.amount_overdue), (10, 50))
        self.assertEqual(self.item().days_overdue, 0)
        self.pay(late, 50, "2026-10-30")
        self.assertFalse(self.item(late))

    def test_predicted_after_working_day_and_median(self):
        self.set_habit(6)
        self.assertEqual(self.item().date_predicted, date(2026, 11, 12))
        saturday = self.create_invoice(100, "2026-10-08", "2026-11-07")
        self.assertEqual(self.item(saturday).date_predicted, date(2026, 11, 16))

    def test_moved_to_the_next_payment_day(self):
        self.set_habit(6)
        self.profile.payment_month_days = "10, 25"
        self.assertEqual(self.item().date_predicted, date(2026, 11, 25))
        self.profile.write({"payment_month_days": False, "payment_weekday": "4"})
        self.assertEqual(self.item().date_predicted, date(2026, 11, 13))

    def test_same_as_the_pure_function(self):
        today = date(2026, 11, 2)
        for median, days, weekday, due in (
            (0, False, False, "2026-12-31"),
            (2.5, "31", False, "2027-02-11"),
            (-4, "15", "2", "2026-11-28"),
            (40, "1, 15", False, "2026-12-20"),
            (-30, False, "0", "2026-11-05"),
        ):
            with self.subTest(median=median, days=days, due=due):
                self.set_habit(median)
                self.profile.write(
                    {"payment_month_days": days, "payment_weekday": weekday}
                )
                invoice = self.create_invoice(10, "2026-10-01", due)
                payment_days = self.profile._get_payment_days()
                self.assertEqual(
                    self.item(invoice).date_predicted,
                    predict_payment(
                        date.fromisoformat(due),
                        median,
                        today,
                        payment_days=payment_days or ANY_DAY,
                    ),
                )

    def test_company_median_for_hardly_known_customers(self):
        self.set_habit(60, paid=2)
        known = self.env["sale.collection.profile"]._for(self.partner_a)
        self.set_habit(3, paid=10, profile=known)
        self.assertEqual(self.item().date_predicted, date(2026, 11, 9))

    def test_no_day_for_what_should_have_come_by_now(self):
        late = self.create_invoice(50, "2026-07-01", "2026-07-31")
        self.assertFalse(self.item(late).date_predicted)
        self.set_habit(100)
        self.assertEqual(self.item(late).date_predicted, date(2026, 11, 9))

    def test_by_predicted_week(self):
        self.set_habit(6)
        groups = self.env["sale.collection.open.item"].formatted_read_group(
            [], ["date_predicted:week"], ["amount:sum"]
        )
        self.assertEqual([group["amount:sum"] for group in groups], [100])

    def test_invoice_form_says_one_line(self):
        self.set_habit(6)
        late = self.create_invoice(50, "2026-09-01", "2026-10-29")
        self.profile.sudo()._refresh()
        self.set_habit(6)
        line = late.collection_summary
        self.assertIn("50.00", line)
        self.assertIn("expected on 11/04/2026", line)
        draft = self.create_invoice(50, post=False)
        bill = self.create_invoice(50, move_type="in_invoice")
        self.assertFalse(draft.collection_summary)
        self.assertFalse(bill.collection_summary)

    def test_invoice_list_costs_nothing_more(self):
        for view_type in ("list", "form"):
            fields = self.env["account.move"].get_view(view_type=view_type)["models"]
            self.assertNotIn("collection_summary", fields["account.move"])

    def test_credit_warning_is_ours(self):
        self.company.account_use_credit_limit = True
        self.profile.credit_policy = "limit"
        self.customer.credit_limit = 150
        self.profile.sudo()._refresh()
        draft = self.create_invoice(60, "2026-11-01", post=False)
        self.assertIn("10.00", draft.partner_credit_warning)
        alert = draft._get_alerts()["account_partner_credit_warning"]
        self.assertEqual(alert["level"], "info")
        fits = self.create_invoice(40, "2026-11-01", post=False)
        self.assertFalse(fits.partner_credit_warning)
