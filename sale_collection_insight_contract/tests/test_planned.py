from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection_contract.tests.common import ContractCommon

MONDAY = date(2026, 11, 2)
LATER = "later"


@freeze_time("2026-11-04")
@tagged("post_install", "-at_install")
class TestPlanned(ContractCommon):
    """What is planned and not invoiced stands beside what is expected."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forecast = cls.env["sale.collection.forecast.line"]
        cls.order = cls.sell(1000, plan=False)
        cls.parts = cls.plan(
            cls.order,
            (0.3, "2026-10-01"),
            (0.5, "2026-11-22"),
            (0.1, "2027-02-01"),
            (0.1, False),
        )

    def read_weeks(self, measure="amount_planned", user=None, companies=None, **domain):
        """Return {week from this one on: sum}, LATER without one, of the customer."""
        self.settle()
        lines = self.forecast.with_user(user or self.env.user)
        if companies:
            lines = lines.with_context(allowed_company_ids=companies.ids)
        groups = lines.formatted_read_group(
            [("partner_id", "=", self.customer.id)]
            + [(name, "=", value) for name, value in domain.items()],
            ["week:day"],
            [f"{measure}:sum"],
        )
        return {
            self.count_weeks(group["week:day"]): float(group[f"{measure}:sum"])
            for group in groups
        }

    def count_weeks(self, label):
        """Return how many weeks after the first one a group is."""
        return (date.fromisoformat(label[0]) - MONDAY).days // 7 if label else LATER

    # === FIGURES ===#

    def test_each_part_in_its_week(self):
        # Sunday of the third week; the 14th week and no day are later.
        self.assertEqual(self.read_weeks(), {0: 300, 2: 500, LATER: 200})

    def test_what_waits_past_its_day_has_no_week(self):
        """It is not overdue; ahead of its day it stays in the week planned."""
        self.parts[:2].sudo().due_date = False
        self.assertEqual(self.read_weeks(), {2: 500, LATER: 500})
        rows = self.forecast.search([("kind", "=", "planned")])
        self.assertEqual(rows.mapped("days_overdue"), [0] * 4)
        self.parts[0].date = "2026-11-04"
        self.parts[0].sudo().due_date = False
        self.assertEqual(self.read_weeks(), {0: 300, 2: 500, LATER: 200})

    def test_only_what_is_not_invoiced(self):
        self.bill_down(self.order, 450, "2026-11-03")
        self.assertEqual(self.read_weeks(), {0: 0, 2: 350, LATER: 200})
        self.assertEqual(self.read_weeks(kind="planned"), {2: 350, LATER: 200})
        self.bill_down(self.order, 550, "2026-11-03")
        self.assertEqual(self.read_weeks(kind="planned"), {})

    def test_a_draft_invoice_is_not_invoiced(self):
        self.bill(self.order, advance_payment_method="fixed", fixed_amount=300)
        self.assertEqual(self.read_weeks(), {0: 300, 2: 500, LATER: 200})

    def test_expected_is_what_is_open_alone(self):
        invoice = self.create_invoice(100, "2026-10-07", "2026-11-13")
        self.assertEqual(self.read_weeks("amount"), {0: 0, 1: 100, 2: 0, LATER: 0})
        self.assertEqual(
            self.read_weeks("amount_planned"), {0: 300, 1: 0, 2: 500, LATER: 200}
        )
        rows = self.forecast.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sum(rows.mapped("amount")), invoice.amount_residual)
        self.assertEqual(sum(rows.mapped("amount_high")), 150)
        self.assertEqual(len(set(rows.ids)), 5)

    def test_kept_forecasts_are_without_it(self):
        self.create_invoice(100, "2026-10-07", "2026-11-13")
        self.env.flush_all()
        kept = self.env["sale.collection.forecast"].sudo()
        kept._keep(self.company, date(2026, 11, 4))
        found = kept.search([("company_id", "=", self.company.id)])
        self.assertEqual(sum(found.mapped("amount")), 100)
        [week] = found.filtered(lambda row: row.weeks_ahead == 2)
        self.assertRecordValues(
            week, [{"amount": 0, "amount_low": False, "amount_high": False}]
        )

    def test_orders_not_confirmed_plan_nothing(self):
        self.order._action_cancel()
        self.assertEqual(self.read_weeks(), {})
        quotation = self.sell(500, confirm=False)
        self.assertEqual(self.read_weeks(), {})
        quotation.action_confirm()
        self.assertEqual(self.read_weeks(), {0: 500})

    def test_weeks_move_on(self):
        with freeze_time("2026-11-23"):
            groups = self.read_weeks()
        # This week holds what is overdue; the 13th one begins on 15 February.
        self.assertEqual(groups, {3: 800, 13: 100, LATER: 100})

    # === CURRENCIES AND COMPANIES ===#

    def test_in_company_currency_at_the_rate_of_the_order(self):
        euro = self.setup_other_currency("EUR", rates=[("2016-01-01", 3.0)])
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        foreign = self.sell(100, plan=False, pricelist_id=prices.id)
        self.assertEqual(foreign.currency_id, euro)
        self.plan(foreign, (1.0, "2026-11-22"))
        self.assertEqual(self.read_weeks(), {0: 300, 2: 533.33, LATER: 200})
        self.bill_down(foreign, 50, "2026-11-03")
        self.assertEqual(self.read_weeks(kind="planned")[2], 516.67)
        [row] = self.forecast.search(
            [("contract_line_id", "in", foreign.collection_contract_line_ids.ids)]
        )
        self.assertEqual(row.amount_planned, 16.67)
        self.assertEqual(row.company_currency_id, self.company.currency_id)

    def test_each_company_for_itself(self):
        other = self.setup_other_company()["company"]
        self.env.user.company_ids |= other
        there = self.create_order(70, company_id=other.id, confirm=False)
        there.state = "sale"
        self.plan(there, (1.0, "2026-11-22"))
        here = self.read_weeks(companies=self.company)
        self.assertEqual(here, {0: 300, 2: 500, LATER: 200})
        self.assertEqual(self.read_weeks(companies=other), {2: 70})
        both = self.company | other
        self.assertEqual(self.read_weeks(companies=both)[2], 570)

    # === READERS ===#

    def test_who_reads_it(self):
        rep, everybody, auditor = self.new_users(
            "planned",
            rep="sale_collection.group_user",
            all="sale_collection.group_all_customers",
            auditor="account.group_account_readonly",
        )
        expected = {0: 300, 2: 500, LATER: 200}
        self.assertEqual(self.read_weeks(user=rep), {})
        # As the forecast: by customer, not by who sees to the part.
        self.parts.user_id = rep
        self.assertEqual(self.read_weeks(user=rep), {})
        self.customer.user_id = rep
        for user in (rep, everybody, auditor):
            self.assertEqual(self.read_weeks(user=user), expected)
            row = self.forecast.with_user(user).search(
                [("contract_line_id", "=", self.parts[1].id)]
            )
            action = row.action_open_document()
            self.assertEqual(action["res_model"], self.parts._name)
            opened = self.parts.browse(action["res_id"]).with_user(user)
            self.assertEqual(opened.amount_to_invoice, 500)
            self.assertEqual(row.contract_line_id.display_name, opened.display_name)

    def test_every_field_can_be_read(self):
        """Of what is planned nobody asks whether it will be late."""
        self.order.team_id = self.env["crm.team"].create({"name": "North"})
        self.env["sale.collection.profile"]._for(self.customer).user_id = self.env.user
        self.settle()
        rows = self.forecast.search([("kind", "=", "planned")])
        self.assertEqual(rows.contract_line_id, self.parts)
        for values in rows.read():
            self.assertFalse(values["late_risk"] or values["amount_currency"])
            self.assertEqual(values["team_id"][1], "North")
            self.assertEqual(values["user_id"][0], self.order.user_id.id)
            self.assertEqual(values["collector_id"][0], self.env.uid)
        late = rows.filtered("days_overdue")
        self.assertRecordValues(
            late,
            [
                {
                    "contract_line_id": self.parts[0].id,
                    "date_due": date(2026, 10, 1),
                    "days_overdue": 34,
                    "week": MONDAY,
                    "amount": 0,
                    "amount_overdue": 0,
                    "amount_planned": 300,
                }
            ],
        )

    def test_an_instalment_still_opens_its_invoice(self):
        invoice = self.create_invoice(100, "2026-10-07", "2026-11-13")
        self.settle()
        [row] = self.forecast.search([("move_id", "=", invoice.id)])
        self.assertEqual(row.action_open_document()["res_id"], invoice.id)
        self.assertFalse(row.contract_line_id)

    def test_views_have_both_figures(self):
        for kind in ("list", "pivot"):
            arch = self.forecast.get_view(view_type=kind)["arch"]
            self.assertIn('name="amount"', arch)
            self.assertIn('name="amount_planned"', arch)
        measures = self.forecast.fields_get(["amount_planned"], ["aggregator"])
        self.assertEqual(measures["amount_planned"]["aggregator"], "sum")

    def test_queries_do_not_grow(self):
        def count():
            self.settle()
            before = self.cr.sql_log_count
            self.forecast.web_search_read(
                [], {"week": {}, "amount": {}, "amount_planned": {}}
            )
            return self.cr.sql_log_count - before

        count()
        few = count()
        for _number in range(3):
            self.plan(self.sell(plan=False), (0.5, "2026-11-22"), (0.5, "2026-12-24"))
        self.assertLessEqual(count(), few)
