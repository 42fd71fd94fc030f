from datetime import date

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon

TODAY = "2026-05-12"
APRIL = "2026-04-01"


class KeyFiguresCommon(CollectionCommon):
    """April: 400 owed at its start, 300 sold, 350 collected, 350 owed at its end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = cls.env["sale.collection.key.figures"]
        cls.manager = cls.new_user("figures_boss", "sale_collection.group_manager")
        cls.customer.user_id = cls.manager
        cls.old = cls.create_invoice(400, "2026-03-10", "2026-03-20")
        cls.later = cls.create_invoice(250, "2026-04-10", "2026-05-31")
        cls.small = cls.create_invoice(50, "2026-04-05", "2026-04-15")
        cls.pay(cls.old, 320, "2026-04-20")
        cls.pay(cls.small, 30, "2026-04-28")
        cls.env.cr.flush()

    def read_page(self, month=None, user=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        page = self.page.with_user(user or self.manager).with_context(**context)
        return page.read_page(month)

    def read_figures(self, *args, **options):
        figures = self.read_page(*args, **options)["figures"]
        return {figure["code"]: figure for figure in figures}

    def promise(self, day, state):
        """Make a promise for a day that is over, as it was judged."""
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.env["sale.collection.profile"]
                ._for(self.customer)
                .id,
                "amount": 10,
                "date": TODAY,
                "line_ids": self.receivable_lines(self.later).ids,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_collection_promise SET state = %s, date = %s WHERE id = %s",
            [state, day, promise.id],
        )
        self.env.invalidate_all()

    def keep_forecast(self, day, *amounts):
        """Keep a forecast of some weeks, as a night of that day had done it."""
        self.env["sale.collection.forecast"].flush_model()
        for week, amount in enumerate(amounts):
            self.env.cr.execute(
                """INSERT INTO sale_collection_forecast (
                       company_id, date, date_expected, weeks_ahead, amount)
                   VALUES (%s, %s, %s, %s, %s)""",
                [self.company.id, day, date(2026, 6, 1 + week), week, amount],
            )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestKeyFigures(KeyFiguresCommon):
    """Eight figures, each as its own screen has it."""

    def words(self, figures, name):
        return {code: figure[name] for code, figure in figures.items()}

    def test_month_that_is_over(self):
        for state in ("kept", "kept", "partial", "broken", "cancelled"):
            self.promise("2026-04-20", state)
        self.keep_forecast("2026-04-20", 1, 1, 1, 1)
        self.keep_forecast("2026-04-27", 100, 20, 3, 4, 5000)
        figures = self.read_figures(APRIL)
        self.assertEqual(
            self.words(figures, "value"),
            {
                "receivable": "$\N{NO-BREAK SPACE}350.00",
                "overdue": "$\N{NO-BREAK SPACE}100.00",
                "dso": "35.0 days",
                "effectiveness": "77.8 %",
                "collected": "$\N{NO-BREAK SPACE}350.00",
                "due_rate": "60.0 %",
                "kept": "50.0 %",
                "expected": "$\N{NO-BREAK SPACE}127.00",
            },
        )
        self.assertEqual(figures["overdue"]["note"], "29 % of all debts")
        self.assertEqual(figures["overdue"]["when"], "On 04/30/2026")
        self.assertEqual(
            figures["overdue"]["before"], "March 2026: $\N{NO-BREAK SPACE}400.00"
        )
        self.assertEqual(
            [figures["overdue"][name] for name in ("change", "trend")],
            ["-75.0 %", "good"],
        )
        self.assertEqual(figures["dso"]["before"], "March 2026: 31.0 days")
        self.assertEqual(
            [figures["dso"][name] for name in ("change", "trend")],
            ["+4.0 days", "bad"],
        )
        self.assertEqual(
            [figures["due_rate"][name] for name in ("change", "trend")],
            ["+60.0 points", "good"],
        )
        self.assertEqual(figures["receivable"]["trend"], "")
        self.assertEqual(figures["kept"]["change"], "")

    def test_month_of_today(self):
        self.pay(self.small, 5, "2026-05-08")
        self.env.cr.flush()
        figures = self.read_figures()
        self.assertEqual(
            self.words(figures, "value"),
            {
                "receivable": "$\N{NO-BREAK SPACE}345.00",
                "overdue": "$\N{NO-BREAK SPACE}95.00",
                "dso": "35.0 days",
                "effectiveness": "77.8 %",
                "collected": "$\N{NO-BREAK SPACE}5.00",
                "due_rate": "0.0 %",
                "kept": "-",
                "expected": figures["expected"]["value"],
            },
        )
        self.assertEqual(
            self.words(figures, "when"),
            {
                "receivable": "On 05/12/2026",
                "overdue": "On 05/12/2026",
                "dso": "On 04/30/2026",
                "effectiveness": "On 04/30/2026",
                "collected": "So far",
                "due_rate": "So far",
                "kept": "So far",
                "expected": "",
            },
        )
        # Half a month is no better or worse than a whole one.
        self.assertEqual(figures["collected"]["change"], "")
        self.assertEqual(
            figures["collected"]["before"], "April 2026: $\N{NO-BREAK SPACE}350.00"
        )
        self.assertEqual(figures["overdue"]["change"], "-5.0 %")

    def test_lines_make_the_figure(self):
        self.pay(self.small, 5, "2026-05-08")
        self.promise("2026-04-20", "kept")
        self.promise("2026-05-10", "broken")
        self.keep_forecast("2026-04-27", 100, 20, 3, 4, 5000)
        self.env.cr.flush()
        aggregates = {
            "receivable": "amount:sum",
            "overdue": "amount:sum",
            "dso": "dso:avg",
            "effectiveness": "effectiveness:avg",
            "collected": "amount:sum",
            "due_rate": "due_rate:avg",
            "kept": "kept_share:avg",
            "expected": "amount:sum",
        }
        for month in (None, APRIL):
            period = self.page._get_period(month)
            for figure in self.page.with_user(self.manager)._collect_figures(period):
                code = figure.kind.code
                action = self.page._get_action(figure, period)
                self.env.invalidate_all()
                lines = self.env[action["res_model"]].with_user(self.manager)
                [[found]] = lines.with_context(**action["context"])._read_group(
                    action["domain"], [], [aggregates[code]]
                )
                self.assertTrue(found or code in ("due_rate", "kept"), code)
                self.assertAlmostEqual(found, figure.value, 4, (month, code))

    def test_target_of_the_month(self):
        rep, peer = self.new_users("figures", rep=REP, peer=REP)
        team = self.env["crm.team"].sudo().create({"name": "North"})
        team.member_ids = rep | peer
        values = {"date_from": APRIL, "date_to": "2026-04-30"}
        self.env["sale.collection.target"].create(
            [
                {**values, "user_id": rep.id, "amount": 600},
                # What its rep has is a part of it, the quarter of the peer is none.
                {**values, "team_id": team.id, "amount": 5000},
                {
                    "user_id": peer.id,
                    "amount": 9000,
                    "date_from": APRIL,
                    "date_to": "2026-06-30",
                },
            ]
        )
        figure = self.read_figures(APRIL)["collected"]
        # All money is that of the manager, who has no target.
        self.assertEqual(
            figure["note"],
            "$\N{NO-BREAK SPACE}0.00 towards the target of "
            "$\N{NO-BREAK SPACE}5,000.00: 0 %",
        )
        self.assertEqual(figure["percent"], 0)
        for user, amount in ((rep, 60), (peer, 440)):
            invoice = self.create_invoice(
                amount, "2026-04-01", "2026-04-20", invoice_user_id=user.id
            )
            self.pay(invoice, date="2026-04-22")
        self.env.cr.flush()
        figure = self.read_figures(APRIL)["collected"]
        self.assertEqual(figure["value"], "$\N{NO-BREAK SPACE}850.00")
        self.assertEqual(
            figure["note"],
            "$\N{NO-BREAK SPACE}60.00 towards the target of "
            "$\N{NO-BREAK SPACE}5,000.00: 1 %",
        )
        # Collectors do not see what others are to reach.
        collector = self.new_user("figures", "sale_collection.group_all_customers")
        figure = self.read_figures(APRIL, collector)["collected"]
        self.assertEqual((figure["note"], figure["percent"]), ("", None))
        self.assertIsNone(self.read_figures()["collected"]["percent"])

    def test_money_on_its_way_is_overdue_nowhere(self):
        late = self.create_invoice(1000, "2026-04-01", "2026-04-10")
        self.pay(late, date="2026-06-12")
        self.env.cr.flush()
        figure = self.read_figures()["overdue"]
        self.assertEqual(figure["value"], "$\N{NO-BREAK SPACE}100.00")
        aging = self.env["sale.collection.aging"].with_user(self.manager)
        aging = aging.with_context(**figure["action"]["context"])
        [[overdue, amount]] = aging._read_group(
            figure["action"]["domain"], [], ["amount_overdue:sum", "amount:sum"]
        )
        self.assertEqual((overdue, amount), (100, 100))
        digest = self.env["digest.digest"].new({"company_id": self.company.id})
        digest = digest.with_user(self.manager).with_context(
            start_datetime=fields.Datetime.to_datetime("2026-05-01"),
            end_datetime=fields.Datetime.to_datetime(TODAY),
        )
        self.assertEqual(digest.kpi_collection_overdue_value, 100)
        report = self.env["report.sale_collection_insight.board_report"]
        [debtor] = report.with_user(self.manager)._get_report_values(None)["debtors"]
        self.assertEqual((debtor["debt"], debtor["overdue"]), (1350, 100))

    def test_currencies_stand_apart(self):
        other = self.setup_other_company(name="Euro sister")["company"]
        other.currency_id = self.env.ref("base.EUR")
        sister = self.setup_other_company(name="Dollar sister")["company"]
        sister.currency_id = self.company.currency_id
        companies = self.company | other | sister
        self.manager.company_ids = companies
        self.env.user.company_ids = companies
        for company in other | sister:
            self.create_invoice(
                1000,
                "2026-04-01",
                "2026-04-10",
                company_id=company.id,
                journal_id=self.env["account.journal"]
                .search([("company_id", "=", company.id), ("type", "=", "sale")])[0]
                .id,
                invoice_line_ids=[
                    Command.create({"name": "Goods", "price_unit": 1000, "tax_ids": []})
                ],
            )
        self.env.flush_all()
        page = self.page.with_user(self.manager)
        page = page.with_context(allowed_company_ids=companies.ids)
        found = page.read_page(APRIL)
        self.assertEqual({one["name"] for one in found["currencies"]}, {"USD", "EUR"})
        self.assertEqual(found["companies"], f"{self.company.name}, {sister.name}")
        self.assertEqual(found["figures"][0]["value"], "$\N{NO-BREAK SPACE}1,350.00")
        euro = page.read_page(APRIL, self.env.ref("base.EUR").id)
        self.assertEqual(euro["figures"][0]["value"], "1,000.00\N{NO-BREAK SPACE}€")
        [company] = euro["figures"][0]["action"]["domain"]
        self.assertEqual(company, ("company_id", "in", other.ids))

    def test_empty_says_so(self):
        other = self.setup_other_company(name="New")["company"]
        self.manager.company_ids += other
        page = self.read_page(user=self.manager, allowed_company_ids=other.ids)
        self.assertTrue(page["is_empty"])
        self.assertFalse(self.read_page()["is_empty"])

    def test_forecast_kept_of_all_branches_is_not_that_of_some(self):
        self.keep_forecast("2026-04-27", 100, 20, 3, 4)
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.manager.company_ids += branch
        some, everything = (
            self.read_figures(allowed_company_ids=companies.ids)["expected"]
            for companies in (self.company, self.company | branch)
        )
        self.assertEqual((some["before"], some["change"]), ("", ""))
        self.assertEqual(everything["before"], "April 2026: $\N{NO-BREAK SPACE}127.00")

    def test_months(self):
        page = self.read_page(APRIL)
        self.assertEqual(page["month"], APRIL)
        self.assertEqual(
            page["months"][0], {"value": "2026-05-01", "label": "May 2026"}
        )
        self.assertEqual(len(page["months"]), 24)
        self.assertEqual(self.read_page("2030-01-01")["month"], "2026-05-01")
        oldest = self.read_figures("2024-06-01")
        self.assertEqual(oldest["receivable"]["value"], "-")

    def test_in_chinese(self):
        self.load_language("zh_CN")
        page = self.read_page(APRIL, lang="zh_CN")
        self.assertEqual(page["months"][0]["label"], "2026年5月")
        self.assertIn("2026年3月", page["figures"][0]["before"])

    def test_who_reads_it(self):
        menu = self.env.ref("sale_collection_insight.key_figures_menu")
        for group in (
            "sale_collection.group_all_customers",
            "sale_collection.group_credit_controller",
            "sale_collection.group_manager",
            "account.group_account_readonly",
            "account.group_account_invoice",
        ):
            user = self.new_user(f"bare {group}", group)
            figures = self.read_figures(APRIL, user)
            self.assertEqual(
                figures["receivable"]["value"], "$\N{NO-BREAK SPACE}350.00", group
            )
            self.assertIn(menu.id, menu.with_user(user)._visible_menu_ids())
            for figure in figures.values():
                action = figure["action"]
                lines = self.env[action["res_model"]].with_user(user)
                lines.with_context(**action["context"]).search(
                    Domain(action["domain"]), limit=1
                )
        rep = self.new_user("bare rep", "sale_collection.group_user")
        self.assertNotIn(menu.id, menu.with_user(rep)._visible_menu_ids())
        with self.assertRaises(AccessError):
            self.read_page(APRIL, rep)

    def test_queries_do_not_grow(self):
        def read(count):
            for number in range(count):
                partner = self.env["res.partner"].create({"name": f"C {number}"})
                invoice = self.create_invoice(
                    10, "2026-03-10", "2026-04-10", partner=partner
                )
                self.pay(invoice, 3, "2026-04-12")
            self.env.cr.flush()
            self.env.flush_all()
            self.env.invalidate_all()
            page = self.page.with_user(self.manager)
            start = self.cr.sql_log_count
            page.read_page()
            return self.cr.sql_log_count - start

        read(1)
        few = read(1)
        self.assertLessEqual(read(10), few)


REP = "sale_collection.group_user"


@tagged("post_install", "-at_install")
class TestKeyFiguresTour(KeyFiguresCommon, HttpCase):
    """A manager finds the page, another month, and the lines behind a figure."""

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(freeze_time(TODAY))
        super().setUpClass()

    def test_manager_looks_at_figures(self):
        self.start_tour(
            "/odoo", "sale_collection_insight_key_figures", login="figures_boss"
        )
