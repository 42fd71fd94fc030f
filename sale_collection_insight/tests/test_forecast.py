from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.sale_collection.tests.common import CollectionCommon

from ..tools.forecast import WEEKS, get_accuracy

MONDAY = date(2026, 11, 2)


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestForecast(CollectionCommon):
    """When open money is expected, how much at least and at most, and what came."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls.env["sale.collection.forecast.line"]
        cls.forecasts = cls.env["sale.collection.forecast"].sudo()
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.old = cls.create_invoice(500, "2025-03-28", "2025-04-28")
        cls.ahead = cls.create_invoice(100, "2026-10-07", "2026-11-13")

    def promise(self, invoice, amount, day, worth=1.0):
        """Note a promise, of which the part `worth` is to be counted on."""
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": day,
                "allocation_ids": [
                    Command.create({"line_id": self.receivable_lines(invoice).id})
                ],
            }
        )
        promise.action_open()
        promise.sudo().expected_amount = amount * worth
        return promise

    def read_weeks(self, env=None, domain=(), measure="amount"):
        """Return {(week, kind): amount} of the customer, week None for later."""
        self.env.flush_all()
        lines = (env or self.env)["sale.collection.forecast.line"]
        groups = lines.formatted_read_group(
            [("partner_id", "=", self.customer.id), *domain],
            ["week:day", "kind"],
            [f"{measure}:sum"],
        )
        return {
            (group["week:day"] and group["week:day"][0], group["kind"]): group[
                f"{measure}:sum"
            ]
            for group in groups
        }

    def get_day(self, week):
        return str(MONDAY + timedelta(weeks=week))

    # === WHAT IS EXPECTED ===#

    def test_overdue_comes_by_the_recovery_curve(self):
        found = self.read_weeks()
        # 80 % of 500 evenly over a year: 7.67 a week, in 13 weeks 99.73.
        weeks = {week: found[self.get_day(week), "overdue"] for week in range(WEEKS)}
        self.assertAlmostEqual(weeks[0], 7.67, 2)
        self.assertAlmostEqual(sum(weeks.values()), 99.73, 2)
        self.assertAlmostEqual(found[False, "overdue"], 400.27, 2)

    def test_predicted_in_the_week_of_the_habit(self):
        found = self.read_weeks(domain=[("kind", "=", "predicted")])
        self.assertEqual(found, {(self.get_day(1), "predicted"): 100})

    def test_promise_counts_for_what_it_is_worth(self):
        self.promise(self.old, 200, "2026-11-20", worth=0.75)
        found = self.read_weeks(domain=[("kind", "=", "promised")])
        self.assertEqual(
            found, {(self.get_day(2), "promised"): 150, (False, "promised"): 50}
        )
        overdue = self.read_weeks(domain=[("kind", "=", "overdue")])
        self.assertAlmostEqual(sum(overdue.values()), 300, 2)

    def test_promise_beyond_the_weeks_comes_later(self):
        self.promise(self.ahead, 100, "2027-02-15")
        found = self.read_weeks(domain=[("move_id", "=", self.ahead.id)])
        self.assertEqual(found, {(False, "promised"): 100})

    def test_week_begins_on_monday_and_is_partly_over_on_wednesday(self):
        with freeze_time("2026-11-04"):
            found = self.read_weeks(domain=[("kind", "=", "overdue")])
            # Wednesday to Sunday: 5 days.
            self.assertAlmostEqual(found[self.get_day(0), "overdue"], 5.48, 2)

    def test_all_parts_together_are_what_is_open(self):
        self.promise(self.old, 333.33, "2026-11-20", worth=0.7)
        self.pay(self.ahead, 33.33, date="2026-11-02")
        self.cr.flush()
        self.create_invoice(77.77, "2026-08-01", "2026-09-01")
        residual = sum(
            self.env["sale.collection.open.item"]
            .search([("partner_id", "=", self.customer.id)])
            .mapped("amount")
        )
        self.assertAlmostEqual(residual, 500 + 66.67 + 77.77, 2)
        self.assertAlmostEqual(sum(self.read_weeks().values()), residual, 2)
        lines = self.lines.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(set(lines.ids)), len(lines))
        rounded = [line.company_currency_id.round(line.amount) for line in lines]
        self.assertAlmostEqual(sum(rounded), residual, 2)

    def test_every_bar_opens_its_lines(self):
        self.promise(self.old, 200, "2026-11-20", worth=0.75)
        groups = self.lines.formatted_read_group(
            [("partner_id", "=", self.customer.id)],
            ["week:day", "kind"],
            ["amount:sum"],
        )
        for group in groups:
            lines = self.lines.search(
                [("partner_id", "=", self.customer.id), *group["__extra_domain"]]
            )
            self.assertAlmostEqual(sum(lines.mapped("amount")), group["amount:sum"], 2)

    # === RANGE ===#

    def read_range(self, week=1):
        self.env.flush_all()
        self.env.invalidate_all()
        line = self.lines.search(
            [("move_id", "=", self.ahead.id), ("week", "=", self.get_day(week))]
        )
        return line.basis, line.amount_low, line.amount_high

    def test_range_half_more_or_less_at_first(self):
        self.assertEqual(self.read_range(), ("assumed", 50, 150))

    def test_range_by_the_spread_of_reliability(self):
        for ratio in (0.5, 0.5, 0.7, 0.9, 0.9):
            customer = self.env["res.partner"].create({"name": "Promises"})
            profile = self.env["sale.collection.profile"].sudo()._for(customer)
            profile.promise_kept_ratio = ratio
        # Standard deviation 0.1789.
        self.assertEqual(self.read_range(), ("spread", 82.11, 117.89))

    def test_range_by_own_forecasts_once_enough_were_compared(self):
        came = (60, 80, 90, 95, 100, 105, 110, 140)
        self.keep_past(came[:-1])
        self.assertEqual(self.read_range()[0], "assumed")
        self.keep_past(came[-1:], first=len(came))
        # Tenths of the ratios: 0.74 and 1.19.
        self.assertEqual(self.read_range(), ("own", 74, 119))

    def keep_past(self, amounts, first=0):
        """Write forecasts of 100 one week ahead, and what came."""
        for number, came in enumerate(amounts, first):
            made = MONDAY - timedelta(weeks=40 - number)
            self.cr.execute(
                SQL(
                    """
                    INSERT INTO sale_collection_forecast (company_id, date,
                           date_expected, weeks_ahead, amount, amount_came)
                    VALUES (%s, %s, %s, 1, 100, %s)
                    """,
                    self.company.id,
                    made,
                    made + timedelta(7),
                    came,
                )
            )

    # === KEPT AND COMPARED ===#

    def keep(self, today=MONDAY):
        self.env.flush_all()
        return self.forecasts._keep(self.company, today)

    def find_kept(self):
        return self.forecasts.search([("company_id", "=", self.company.id)])

    def test_kept_once_a_week(self):
        self.assertEqual(self.keep(), WEEKS + 1)
        self.assertEqual(self.keep(), 0)
        with freeze_time("2026-11-05"):
            self.assertEqual(self.keep(date(2026, 11, 5)), 0)
        kept = self.find_kept()
        self.assertAlmostEqual(sum(kept.mapped("amount")), 600, 2)
        week = kept.filtered(lambda row: str(row.date_expected) == self.get_day(1))
        self.assertRecordValues(
            week,
            [
                {
                    "date": MONDAY,
                    "weeks_ahead": 1,
                    "amount_predicted": 100,
                    "amount_overdue": 7.67,
                    "amount_promised": 0,
                    "amount": 107.67,
                    "amount_came": False,
                    "accuracy": False,
                }
            ],
        )
        [later] = kept.filtered(lambda row: not row.date_expected)
        self.assertAlmostEqual(later.amount, 400.27, 2)
        self.assertEqual(later.display_name, "Later or never")

    def test_kept_on_the_first_night_that_ran(self):
        with freeze_time("2026-11-04"):
            self.assertEqual(self.keep(date(2026, 11, 4)), WEEKS + 1)
        self.assertEqual(self.keep(date(2026, 10, 26)), 0)  # nobody knows any more
        self.assertEqual(min(self.find_kept().mapped("date")), date(2026, 11, 4))

    def test_compared_with_what_came(self):
        self.keep()
        with freeze_time("2026-11-12"):
            self.pay(self.ahead, 90, date="2026-11-10")
            young = self.create_invoice(1000, "2026-11-03", "2026-11-09")
            self.pay(young, date="2026-11-11")
            self.cr.flush()
            # The week is not over: nothing is said of it.
            self.forecasts._compare(self.company, date(2026, 11, 12))
            first, second = self.find_weeks(2)
            self.assertEqual(first.amount_came, 0)
            self.assertEqual(first.accuracy, 0)
            self.assertIs(second.amount_came, False)
        with freeze_time("2026-11-16"):
            self.assertEqual(self.compare("2026-11-16"), 1)
            self.assertEqual(second.amount_came, 90)
            self.assertAlmostEqual(
                second.accuracy, 100 * get_accuracy(107.67, 90), places=1
            )
            self.assertEqual(self.compare("2026-11-16"), 0)
            # Money entered late counts for the week it is dated in.
            self.pay(self.old, 10, date="2026-11-13")
            self.cr.flush()
            self.assertEqual(self.compare("2026-11-16"), 1)
            self.assertEqual(second.amount_came, 100)

    def compare(self, day):
        return self.forecasts._compare(self.company, date.fromisoformat(day))

    def find_weeks(self, count):
        kept = self.find_kept().filtered("date_expected").sorted("date_expected")
        return kept[:count]

    def test_nightly_run_keeps_and_compares(self):
        run = self.env["sale.collection.run"]._run(phases=["forecast"])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.phase_ids.counts, {"compared": 0, "kept": WEEKS + 1})
        with freeze_time("2026-11-09"):
            run = self.env["sale.collection.run"]._run(phases=["forecast"])
            self.assertEqual(run.phase_ids.counts, {"compared": 1, "kept": WEEKS + 1})

    def test_nobody_edits_what_was_kept(self):
        self.keep()
        for kept in (self.find_kept(), self.find_kept().sudo(False)):
            with self.assertRaisesRegex(UserError, "kept by the nightly run"):
                kept.write({"amount": 1})
            with self.assertRaisesRegex(UserError, "kept by the nightly run"):
                kept.unlink()

    # === COMPANIES, CURRENCIES, ROLES ===#

    def test_each_company_in_its_currency(self):
        other = self.setup_other_company()
        company = other["company"]
        self.env.ref("base.EUR").active = True
        company.currency_id = self.env.ref("base.EUR")
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "journal_id": other["default_journal_sale"].id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-10-07",
                "invoice_date_due": "2026-11-13",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": 70,
                            "account_id": other["default_account_revenue"].id,
                            "tax_ids": [],
                        }
                    )
                ],
            }
        ).action_post()
        companies = [self.company.id, company.id]
        self.env.user.company_ids |= company
        lines = self.lines.with_context(allowed_company_ids=companies)
        groups = lines.formatted_read_group(
            [("partner_id", "=", self.customer.id)], ["company_id"], ["amount:sum"]
        )
        sums = {group["company_id"][0]: group["amount:sum"] for group in groups}
        self.assertEqual(sums, {self.company.id: 600, company.id: 70})
        here = self.lines.with_context(allowed_company_ids=[company.id])
        self.assertEqual(set(here.search([]).company_id.ids), {company.id})
        self.keep()
        self.forecasts._keep(company, MONDAY)
        kept = self.forecasts.search([("company_id", "=", company.id)])
        self.assertEqual(sum(kept.mapped("amount")), 70)
        self.assertEqual(kept.currency_id.name, "EUR")

    def test_who_reads_it(self):
        self.keep()
        rep, collector, auditor = self.new_users(
            "forecast",
            rep="sale_collection.group_user",
            all="sale_collection.group_all_customers",
            auditor="account.group_account_readonly",
        )
        self.assertEqual(self.read_weeks(self.env(user=rep)), {})
        self.customer.user_id = rep
        own = self.read_weeks(self.env(user=rep))
        self.assertAlmostEqual(sum(own.values()), 600, 2)
        with self.assertRaises(AccessError):
            self.forecasts.with_user(rep).sudo(False).search([])
        for user in (collector, auditor):
            all_ = self.read_weeks(self.env(user=user))
            self.assertAlmostEqual(sum(all_.values()), 600, 2)
            kept = self.forecasts.with_user(user).sudo(False).search([])
            self.assertIn(self.company, kept.company_id)

    def test_queries_do_not_grow(self):
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.read_weeks()
            self.lines.web_search_read(
                [], {"week": {}, "kind": {}, "amount": {}, "amount_low": {}}
            )
            return self.cr.sql_log_count - before

        count()
        few = count()
        for number in range(4):
            customer = self.env["res.partner"].create({"name": f"More {number}"})
            self.create_invoice(50, "2026-05-01", "2026-06-01", partner=customer)
            self.promise(self.create_invoice(70), 70, "2026-11-20")
        self.env.flush_all()
        self.assertLessEqual(count(), few)
