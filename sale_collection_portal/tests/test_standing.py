from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestStanding(PortalCommon):
    """Confirmed balances on the profile and as reasons to call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.confirmations = cls.env["sale.collection.confirmation"]
        rules = cls.env["sale.collection.work.rule"]
        rules.search([]).action_archive()
        for code, points, threshold in (
            ("balance_unconfirmed", 5, 500),
            ("balance_differs", 15, 0),
        ):
            rules.create(
                {
                    "name": code,
                    "code": code,
                    "points": points,
                    "threshold": threshold,
                    "company_id": cls.company.id,
                }
            )

    def owe_since(self, amount, days, partner=None):
        self.create_invoice(
            amount, date=self.today - timedelta(days), partner=partner, due=self.today
        )
        self.env.cr.flush()

    def answer(self, state, days, profile=None, **values):
        day = self.today - timedelta(days)
        asked = self.confirmations._ask(profile or self.profile, day)
        self.assertTrue(asked)
        return asked._answer(state, "Jo", **values)

    def get_points(self, profile=None):
        profile = profile or self.profile
        profile._refresh_touched(profile.partner_id)
        return profile.priority

    # === PROFILE ===#

    def test_profile_says_what_was_confirmed_last(self):
        self.owe_since(600, 500)
        self.assertFalse(self.profile.confirmed_date)
        self.answer("agreed", 400)
        self.answer("agreed", 30)
        self.answer("differs", 1, words="No")
        self.env.invalidate_all()
        self.assertEqual(self.profile.confirmed_date, self.today - timedelta(30))
        self.assertIn("600.00", self.profile.confirmed_amounts)
        self.assertIn("Differs", self.profile.confirmation_text)

    def test_profile_names_each_currency(self):
        euro = self.setup_other_currency("EUR")
        self.owe_since(600, 100)
        self.create_invoice(
            20, date=self.today - timedelta(100), due=self.today, currency_id=euro.id
        )
        self.answer("agreed", 1)
        amounts = self.profile.confirmed_amounts
        self.assertIn("600.00", amounts)
        self.assertIn("20.00", amounts)

    def test_one_query_for_all_profiles(self):
        self.owe_since(600, 100)
        self.owe_since(600, 100, partner=self.other)
        both = self.profile + self.profiles._for(self.other)
        self.answer("agreed", 1, both)
        both.mapped("confirmed_amounts")  # formats of languages are kept
        one, two = (
            self.count_queries(profiles.mapped, "confirmed_amounts")
            for profiles in (self.profile, both)
        )
        self.assertEqual(one, two)

    # === TODAY ===#

    def test_not_confirmed_for_a_year(self):
        self.owe_since(600, 300)
        self.assertEqual(self.get_points(), 0, "a customer for less than a year")
        self.owe_since(1, 400)
        self.assertEqual(self.get_points(), 5)
        self.assertIn("601.00", self.profile.work_reasons)
        self.answer("agreed", 370)
        self.assertEqual(self.get_points(), 5)
        self.answer("agreed", 300)
        self.assertEqual(self.get_points(), 0)

    def test_little_that_is_open_need_not_be_confirmed(self):
        self.owe_since(499, 400)
        self.assertEqual(self.get_points(), 0)
        self.owe_since(1, 400)
        self.assertEqual(self.get_points(), 5)

    def test_a_balance_that_differs_until_it_is_settled(self):
        self.owe_since(100, 50)
        asked = self.answer("differs", 1, words="40 paid")
        self.assertEqual(self.get_points(), 15)
        self.assertIn("100.00", self.profile.work_reasons)
        asked.dispute_id.sudo().write({"state": "rejected"})
        self.env.flush_all()
        self.assertEqual(self.get_points(), 0)

    def test_a_talk_answers_it(self):
        self.owe_since(100, 50)
        self.answer("differs", 1, words="40 paid")
        self.env["sale.collection.contact"].sudo().create(
            {"profile_id": self.profile.id, "result": "reached"}
        )
        self.assertEqual(self.get_points(), 0)

    def test_day_of_the_answer_is_the_companys(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self.owe_since(100, 50)
        noon = f"{self.today} 08:00"
        with freeze_time(noon):
            self.env["sale.collection.contact"].sudo().create(
                {"profile_id": self.profile.id, "result": "reached"}
            )
        with freeze_time(f"{self.today} 17:30"):  # past midnight in Shanghai
            self.answer("differs", 1, words="40 paid")
            self.assertEqual(self.get_points(), 15)

    def test_rules_of_the_addon(self):
        differs = self.env.ref("sale_collection_portal.work_rule_balance_differs")
        old = self.env.ref("sale_collection_portal.work_rule_balance_unconfirmed")
        self.assertEqual((differs.points, differs.threshold), (15, 0))
        self.assertEqual((old.points, old.threshold), (5, 1000))
