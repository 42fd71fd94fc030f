from collections import defaultdict
from contextlib import suppress
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon
from odoo.addons.sale_collection.tools.aging import (
    average_days_delinquent,
    collection_effectiveness,
    count_back_dso,
    dso,
    roll_rates,
)

from ..tools.snapshot import largest_share, month_ends

TODAY = "2026-07-15"
BANDS = ["due_later", "overdue_30", "overdue_60", "overdue_90", "overdue_over"]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLevel(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["sale.collection.snapshot"]

    def levels(self, by="company", **context):
        self.env.flush_all()
        self.env.invalidate_all()
        snapshots = self.level.with_context(sale_collection_snapshot_by=by, **context)
        return snapshots.search([("company_id", "=", self.company.id)])

    def at(self, day, by="company", **context):
        day = date.fromisoformat(day)
        return self.levels(by, **context).filtered(lambda row: row.date == day)

    def create_april(self):
        """400 owed at the start of April, 300 sold, 350 owed at its end."""
        old = self.create_invoice(400, "2026-03-10", "2026-03-20")
        self.create_invoice(250, "2026-04-10", "2026-05-31")
        self.create_invoice(50, "2026-04-05", "2026-04-15")
        self.pay(old, 350, "2026-04-20")

    def test_fixture(self):
        self.create_april()
        row = self.at("2026-04-30")
        self.assertEqual(
            (row.receivable, row.due_later, row.overdue, row.sales),
            (350, 250, 100, 300),
        )
        self.assertEqual(row.receivable_before, 400)
        self.assertEqual(round(row.dso, 2), 35.0)
        self.assertEqual(round(row.best_dso, 2), 25.0)
        self.assertEqual(round(row.days_delinquent, 2), 10.0)
        self.assertEqual(round(row.effectiveness, 2), 77.78)
        # 400 of 400 sold in the 31 days of March.
        self.assertEqual(round(row.dso_change, 2), 4.0)

    def read_changes(self, row):
        names = ("overdue_change", "dso_change", "effectiveness_change")
        return tuple(round(row[name], 2) for name in names)

    def test_changes_from_the_month_before_and_a_year_before(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        self.pay(
            self.create_invoice(600, "2025-04-10", "2025-04-20", gone),
            date="2025-06-01",
        )
        self.create_april()
        # 400 overdue and nothing collected in March; 600 and nothing a year ago.
        self.assertEqual(
            self.read_changes(self.at("2026-04-30")), (100 - 400, 35 - 31, 77.78)
        )
        year = {"sale_collection_snapshot_against": "year"}
        row = self.at("2026-04-30", **year)
        self.assertEqual(self.read_changes(row), (100 - 600, 35 - 30, 77.78))
        self.assertEqual(round(row.effectiveness, 2), 77.78)
        customers = self.at("2026-04-30", "customer", **year)
        self.assertEqual(customers.partner_id, self.customer | gone)
        [group] = self.level.with_context(
            sale_collection_snapshot_by="customer", **year
        ).formatted_read_group(
            [("id", "in", customers.ids)],
            ["date:month"],
            ["overdue_change:sum", "dso_change:avg", "effectiveness_change:avg"],
        )
        self.assertEqual(group["overdue_change:sum"], -500)
        self.assertEqual(round(group["dso_change:avg"], 2), 5)
        self.assertEqual(round(group["effectiveness_change:avg"], 2), 77.78)
        # Who owed nothing since is in no list of the months around.
        self.assertEqual(self.at("2026-04-30", "customer").partner_id, self.customer)

    def test_no_value_without_sales(self):
        self.create_april()
        row = self.at("2026-05-31")
        self.assertEqual(row.receivable, 350)
        self.assertIs(row.dso, False)
        self.assertIs(row.dso_change, False)
        [group] = self.level.formatted_read_group(
            [("id", "=", row.id)], ["date:month"], ["dso:avg", "receivable:sum"]
        )
        self.assertFalse(group["dso:avg"])
        self.assertEqual(group["receivable:sum"], 350)

    def test_count_back(self):
        for day, amount in (("04", 100), ("03", 80), ("02", 70)):
            self.create_invoice(amount, f"2026-{day}-05", "2026-12-31")
        self.pay(
            self.env["account.move"].search(
                [("partner_id", "=", self.customer.id)], order="id desc", limit=1
            ),
            38,
            "2026-04-29",
        )
        row = self.at("2026-04-30")
        self.assertEqual(row.receivable, 212)
        expected = count_back_dso(212, [(100, 30), (80, 31), (70, 28)])
        self.assertEqual(round(row.count_back_dso, 4), round(expected, 4))

    def test_count_back_over_a_month_without_sales(self):
        self.create_invoice(80, "2026-03-05", "2026-12-31")
        row = self.at("2026-04-30")
        self.assertEqual(row.count_back_dso, 61)
        self.pay(self.create_invoice(50, "2026-01-05"), 50, "2026-01-06")
        self.create_entry([(self.receivable, 100), (self.revenue, -100)], "2026-04-01")
        self.assertIs(self.at("2026-04-30").count_back_dso, False)

    def test_total_before_later_collection(self):
        self.create_entry(
            [(self.receivable, -1000), (self.revenue, 1000)], "2026-02-10"
        )
        invoices = self.env["account.move"].union(
            *(self.create_invoice(10000, "2026-03-05", "2026-04-05") for _ in range(5)),
            self.create_invoice(100000, "2026-04-05", "2026-05-05"),
        )
        self.pay(invoices, 49000, "2026-05-15")
        self.assertEqual(self.at("2026-04-30").receivable, 149000)
        self.assertEqual(self.at("2026-04-30").credits, -1000)
        self.assertEqual(self.at("2026-05-31").receivable, 100000)

    def test_roll_rates(self):
        self.create_invoice(300, "2026-03-01", "2026-04-10")
        half = self.create_invoice(60, "2026-02-01", "2026-03-20")
        self.pay(half, 30, "2026-04-05")
        march, april = self.at("2026-03-31"), self.at("2026-04-30")
        self.assertEqual([march[name] for name in BANDS], [300, 60, 0, 0, 0])
        self.assertEqual([april[name] for name in BANDS], [0, 300, 30, 0, 0])
        self.assertEqual((april.roll_30, april.roll_60), (100, 50))
        self.assertIs(april.roll_90, False)

    def test_share_of_the_ten_largest(self):
        amounts = [100 + number for number in range(12)]
        for number, amount in enumerate(amounts):
            partner = self.env["res.partner"].create({"name": f"C {number}"})
            self.create_invoice(amount, "2026-04-01", "2026-04-20", partner=partner)
        row = self.at("2026-04-30")
        self.assertEqual(row.largest, sum(amounts[2:]))
        self.assertAlmostEqual(row.largest_share, largest_share(amounts), 4)

    def test_rows_of_customers_make_the_company(self):
        self.create_april()
        other = self.env["res.partner"].create({"name": "Other"})
        self.create_invoice(120, "2026-04-12", "2026-04-20", partner=other)
        company = self.at("2026-04-30")
        for by in ("customer", "collector"):
            figures = ["dso", "best_dso", "days_delinquent", "effectiveness"]
            figures += ["dso_change", "roll_30", "largest_share"]
            amounts = ["receivable", "overdue", "sales", "receivable_before"]
            groups = self.level.with_context(
                sale_collection_snapshot_by=by
            ).formatted_read_group(
                [("company_id", "=", self.company.id), ("date", "=", "2026-04-30")],
                ["date:month"],
                [f"{name}:avg" for name in figures]
                + [f"{name}:sum" for name in amounts],
            )
            for name in figures:
                self.assertAlmostEqual(
                    groups[0][f"{name}:avg"], company[name], 4, (by, name)
                )
            for name in amounts:
                self.assertEqual(groups[0][f"{name}:sum"], company[name], (by, name))

    def test_balances_of_two_months_are_not_added_up(self):
        self.create_april()
        [group] = self.level.formatted_read_group(
            [("company_id", "=", self.company.id)],
            [],
            ["receivable:sum", "dso:avg", "sales:sum"],
        )
        self.assertFalse(group["receivable:sum"])
        self.assertFalse(group["dso:avg"])
        self.assertEqual(group["sales:sum"], 700)

    def test_lines_make_the_row(self):
        self.create_april()
        self.env["sale.collection.profile"]._for(self.customer)
        for by in ("company", "customer", "collector"):
            rows = self.at("2026-04-30", by)
            self.assertEqual(sum(rows.mapped("receivable")), 350)
            for row in rows:
                action = row.action_open_lines()
                lines = (
                    self.env[action["res_model"]]
                    .with_context(**action["context"])
                    .search(action["domain"])
                )
                self.assertEqual(sum(lines.mapped("amount")), row.receivable, by)
        action = self.at("2026-04-30").action_open_customers()
        rows = self.level.with_context(**action["context"]).search(action["domain"])
        self.assertEqual(rows.partner_id, self.customer)
        self.assertEqual(rows.display_name, f"Customer at {rows.date:%m/%d/%Y}")

    def test_invoice_matched_with_more_than_it_is_worth(self):
        """Its line is a debt or a credit, whatever the signs of its parts."""
        self.create_april()
        invoice = self.create_invoice(100, "2026-03-05", "2026-03-20")
        self.pay(invoice, 100, "2026-04-10")
        self.env.flush_all()
        # Core lets nobody do so; ledgers that were imported may have it.
        self.env.cr.execute(
            """
            UPDATE account_move_line
               SET balance = 60, debit = 60, amount_residual = -40, reconciled = FALSE
             WHERE id = %s
            """,
            [self.receivable_lines(invoice).id],
        )
        names = ["receivable", "overdue_30", "overdue_60", "due_later", "credits"]
        expected = {
            "2026-03-31": [460, 460, 0, 0, 0],
            "2026-04-30": [310, 50, 50, 250, -40],
        }
        for day, amounts in expected.items():
            for by in ("company", "customer", "collector"):
                found = [self.at(day, by)[name] for name in names]
                self.assertEqual(found, amounts, (day, by))
                [group] = self.level.with_context(
                    sale_collection_snapshot_by=by
                )._read_group(
                    [("date", "=", day), ("company_id", "=", self.company.id)],
                    ["date:month"],
                    [f"{name}:sum" for name in names],
                )
                self.assertEqual(list(group[1:]), amounts, (day, by))

    def test_groups_have_details_where_these_are_asked_for(self):
        self.create_april()
        row = self.at("2026-04-30")
        domain = [("id", "=", row.id)]
        measures = ["largest:sum", "count_back_dso:avg", "largest_share:avg", "dso:avg"]
        [found] = self.level._read_group(domain, [], measures)
        self.assertEqual(found[0], 350)
        self.assertAlmostEqual(found[1], row.count_back_dso, 4)
        self.assertAlmostEqual(found[2], 100, 4)
        for asked in ({"having": [("largest:sum", ">", 1)]}, {"order": "largest:sum"}):
            [found] = self.level._read_group(domain, [], ["dso:avg"], **asked)
            self.assertAlmostEqual(found[0], row.dso, 4)
        [found] = self.level._read_group(
            [*domain, ("largest", ">", 1)], [], ["dso:avg"]
        )
        self.assertAlmostEqual(found[0], row.dso, 4)

    def test_details_are_not_left_out_by_a_client(self):
        self.create_april()
        row = self.at("2026-04-30")
        self.env.invalidate_all()
        row = row.with_context(sale_collection_snapshot_brief=True)
        self.assertEqual(row.largest, 350)

    def test_months_shown(self):
        self.create_invoice(10, "2020-01-01", "2020-01-31")
        self.assertEqual(len(self.levels()), 13)
        rows = self.levels(sale_collection_snapshot_months=25)
        self.assertEqual(len(rows), 25)
        ends = month_ends(date.fromisoformat(TODAY), 25)
        self.assertEqual(sorted(rows.mapped("date")), ends)
        self.assertEqual(len(self.levels(sale_collection_snapshot_months="no")), 13)

    def test_branch_and_other_currency_stand_apart(self):
        other = self.setup_other_company(name="Euro sister")["company"]
        other.currency_id = self.env.ref("base.EUR")
        self.env.user.company_ids += other
        self.create_april()
        both = self.level.with_context(allowed_company_ids=(self.company | other).ids)
        rows = both.search([("date", "=", "2026-04-30")])
        self.assertEqual(rows.company_id, self.company)
        self.assertFalse(rows.with_context(allowed_company_ids=other.ids).search([]))

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["sell", "sell", "credit", "pay", "draft", "undo"]),
                st.integers(0, 1),
                st.sampled_from([33.33, 250.5, 1000.0]),
                st.dates(date(2026, 1, 5), date(2026, 6, 30)),
            ),
            min_size=2,
            max_size=9,
        )
    )
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test_figures_are_those_of_the_pure_functions(self, events):
        # Every example starts from the same state.
        with suppress(ExampleDone), self.env.cr.savepoint():
            second = self.env["res.partner"].create({"name": "Second"})
            customers = self.customer | second
            for event, index, amount, day in sorted(events, key=lambda one: one[3]):
                self.happen(event, customers[index], amount, str(day))
            self.env.flush_all()
            self.check_rows(self.levels())
            rows = self.levels("customer")
            for own in rows.grouped("partner_id").values():
                self.check_rows(own)
            by_day = rows.grouped("date")
            for end in month_ends(date.fromisoformat(TODAY), 13):
                self.check_lines(by_day.get(end, rows.browse()), end)
            raise ExampleDone

    def invoices(self):
        return self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )

    def happen(self, event, customer, amount, day):
        own = self.invoices().filtered(lambda move: move.partner_id == customer)
        if event == "draft":
            # With its matches, which core keeps.
            own[:1].button_draft()
            return
        if event == "undo":
            self.receivable_lines(own[:1]).remove_move_reconcile()
            return
        if event == "pay":
            bank = self.bank_journal.default_account_id
            entry = self.create_entry(
                [(bank, amount, customer), (self.receivable, -amount, customer)], day
            )
            open_lines = self.receivable_lines(self.invoices()).filtered(
                lambda line: line.partner_id == customer and not line.reconciled
            )
            (open_lines | self.receivable_lines(entry)).reconcile()
            return
        kind = "out_refund" if event == "credit" else "out_invoice"
        self.create_invoice(amount, day, None, customer, kind)

    def check_rows(self, rows):
        """Compare every figure with the pure function on the amounts of the rows."""
        by_day = {row.date: row for row in rows}
        for row in rows:
            days = row.date.day
            self.assertAlmostEqual(
                row.receivable, row.due_later + row.overdue + row.credits, 2
            )
            expected = {
                "dso": dso(row.receivable, row.sales, days),
                "best_dso": dso(row.due_later, row.sales, days),
                "days_delinquent": average_days_delinquent(
                    row.receivable, row.due_later, row.sales, days
                ),
                "effectiveness": collection_effectiveness(
                    row.receivable_before, row.sales, row.receivable, row.due_later
                ),
                "count_back_dso": count_back_dso(
                    row.receivable, self.months_before(row.date, by_day)
                ),
            }
            before = by_day.get(month_ends(row.date, 1)[0])
            if before:
                self.assertAlmostEqual(row.receivable_before, before.receivable, 2)
                rates = roll_rates(
                    [row[name] for name in BANDS], [before[name] for name in BANDS]
                )
                for name, rate in zip(
                    ["roll_30", "roll_60", "roll_90", "roll_over"], rates, strict=True
                ):
                    expected[name] = rate if rate is None else rate * 100
            for name, value in expected.items():
                if value is None:
                    self.assertIs(row[name], False, (name, row.date))
                else:
                    self.assertAlmostEqual(row[name], value, 3, (name, row.date))

    def check_lines(self, rows, day):
        """Compare what customers owed on a day with the lines that aging has of it."""
        aging = self.env["sale.collection.aging"].with_context(
            sale_collection_as_of=day
        )
        nothing = dict.fromkeys((*BANDS, "credits"), 0.0)
        expected = defaultdict(nothing.copy)
        for line in aging.search([("company_id", "=", self.company.id)]):
            late = (day - line.date_due).days
            place = 0 if late <= 0 else min((late - 1) // 30 + 1, 4)
            name = BANDS[place] if line.amount > 0 else "credits"
            expected[line.partner_id][name] += line.amount
        for row in rows:
            for name, amount in expected.pop(row.partner_id, nothing).items():
                self.assertAlmostEqual(row[name], amount, 2, (name, day))
        self.assertFalse(expected, day)

    def months_before(self, day, by_day):
        """Return (sales, days) of the month of a day and those before it."""
        ends = [day, *reversed(month_ends(day, 23))]
        return [(by_day[end].sales if end in by_day else 0.0, end.day) for end in ends]

    def test_queries_do_not_grow(self):
        def read(count):
            for number in range(count):
                partner = self.env["res.partner"].create({"name": f"C {number}"})
                self.create_invoice(10, "2026-03-10", "2026-04-10", partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.levels("customer").read(["receivable", "dso", "count_back_dso"])
            self.level.formatted_read_group([], ["date:month"], ["dso:avg"])
            return self.cr.sql_log_count - start

        read(1)
        few = read(1)
        self.assertLessEqual(read(10), few)

    def test_who_sees_all_customers_reads_it(self):
        self.create_april()
        for number, group in enumerate(
            (
                "sale_collection.group_all_customers",
                "sale_collection.group_credit_controller",
                "account.group_account_readonly",
            )
        ):
            user = self.new_user(f"reader {number}", group)
            rows = self.level.with_user(user).search([("date", "=", "2026-04-30")])
            self.assertEqual(rows.receivable, 350, group)
            self.assertTrue(rows.display_name)
        rep = self.new_user("bare rep", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            self.level.with_user(rep).search([])


class ExampleDone(Exception):
    """Ends an example and with it all it wrote."""
