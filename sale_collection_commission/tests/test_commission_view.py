from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import CommissionCommon

TODAY = date(2026, 6, 15)


@tagged("post_install", "-at_install")
class TestCommissionView(CommissionCommon):
    """What reps see of their commission, and that nobody sees another's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.rate_ids.percent = 5
        cls.manager = new_test_user(
            cls.env(su=True),
            login="commission manager",
            groups="sale_collection.group_manager,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def sentences(self, invoice, user, today=TODAY):
        lines = invoice.with_user(user)._explain_commission(today)
        return [text.replace("\xa0", " ") for _name, text in lines]

    def outlook(self, user=None, **values):
        outlook = self.env["sale.collection.commission.outlook"].sudo()
        outlook = outlook.with_context(allowed_company_ids=self.company.ids)
        return outlook._collect_prospects(user=user, today=TODAY, **values)

    # === ON THE INVOICE ===#

    def test_sentence_on_an_invoice(self):
        """600 of 1,000 paid judged 10 days late; the rest due on 10 June."""
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        self.pay(invoice, 600, "2026-06-23")
        self.book()
        self.assertEqual(
            self.sentences(invoice, self.rep, date(2026, 6, 23)),
            [
                "Earned $ 24.00 of $ 44.00, worth $ 16.00 if paid by 07/13/2026, "
                "$ 10.00 after"
            ],
        )

    def test_worth_goes_down_with_the_bands(self):
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        [own] = self.outlook(moves=invoice)
        self.assertEqual(
            [(band.until, band.value) for band in own.worth],
            [
                (date(2026, 7, 13), 40.0),
                (date(2026, 8, 12), 25.0),
                (None, 0.0),
            ],
        )
        self.assertEqual((own.full, own.factor), (50.0, 0.8))

    def test_worth_of_an_opening_balance(self):
        """All of the debt, though its lines are of no goods and add up to nothing."""
        goods = [(self.receivable, 1000), (self.revenue, -1000)]
        opening = self.create_entry(
            goods, date="2026-05-01", invoice_user_id=self.rep.id
        )
        [own] = self.outlook(moves=opening)
        self.assertEqual((own.user_id, own.full), (self.rep.id, 50.0))

    def test_what_is_told_is_what_is_booked(self):
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        [own] = self.outlook(moves=invoice)
        for band in own.worth[:2]:
            with self.subTest(day=band.until), self.env.cr.savepoint() as savepoint:
                self.pay(invoice, date=band.until)
                self.assertEqual(self.earned(invoice), [band.value])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_advance_counts_as_earned(self):
        self.plan.advance_percent = 40
        invoice = self.sell(1000, date="2026-06-01", due="2026-07-01")
        self.book("2026-06-02")
        [own] = self.outlook(moves=invoice)
        self.assertEqual(own.now, 30.0)
        self.assertIn("Earned $ 20.00", self.sentences(invoice, self.rep)[0])

    def test_all_paid(self):
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        self.pay(invoice, date="2026-06-10")
        self.book()
        self.assertEqual(self.sentences(invoice, self.rep), ["Earned $ 50.00."])

    def test_each_sees_the_own_share(self):
        invoice = self.sell(1000, post=False, date="2026-05-01", due="2026-07-01")
        self.share(self.other_rep, 40, move_line_id=invoice.invoice_line_ids.id)
        invoice.action_post()
        self.assertIn("worth $ 30.00", self.sentences(invoice, self.rep)[0])
        both = invoice.with_user(self.manager)._explain_commission(TODAY)
        self.assertEqual(
            {name for name, _text in both},
            set((self.rep | self.other_rep).mapped("name")),
        )

    def test_too_late(self):
        invoice = self.sell(1000, date="2026-01-01", due="2026-01-31")
        self.assertEqual(
            self.sentences(invoice, self.rep),
            ["Earned $ 0.00 of $ 50.00, too late to earn more"],
        )

    def test_worth_in_the_list_of_open_instalments(self):
        today = self.company._collection_today()
        invoice = self.sell(1000, date=today, due=today)
        self.sell(500, rep=self.other_rep, date=today, due=today)
        items = self.env["sale.collection.open.item"]
        mine = items.with_user(self.rep).search([("move_id", "=", invoice.id)])
        self.assertIn("$\xa050.00", mine.commission_worth)
        theirs = items.with_user(self.manager).search([("move_id", "=", invoice.id)])
        self.assertFalse(theirs.commission_worth)

    def test_a_rep_can_open_a_paid_invoice(self):
        invoice = self.sell(1000)
        self.pay(invoice, 400)
        view = invoice.with_user(self.rep).get_view(view_type="form")
        names = set(view["models"]["account.move"])
        allowed = set(invoice.with_user(self.rep).fields_get()) & names
        invoice.invalidate_recordset()
        [values] = invoice.with_user(self.rep).read(sorted(allowed))
        self.assertEqual(values["payment_count"], 1)

    def test_dialog_on_a_tap(self):
        # The dialog asks for the day itself.
        today = self.company._collection_today()
        invoice = self.sell(1000, date=today, due=today)
        dialogs = self.env["sale.collection.commission.explain"]
        action = invoice.with_user(self.rep).action_open_commission()
        dialog = (
            dialogs.with_user(self.rep).with_context(**action["context"]).create({})
        )
        self.assertIn("worth", dialog.body)

    # === MY COMMISSION ===#

    def open_mine(self, user):
        screens = self.env["sale.collection.commission.mine"].with_user(user)
        action = screens.action_open_mine()
        return screens.browse(action["res_id"])

    def test_my_commission(self):
        soon = self.sell(1000, date="2026-05-01", due="2026-06-16")
        rich = self.sell(3000, date="2026-05-01", due="2026-07-20")
        late = self.sell(400, date="2026-01-01", due="2026-05-01")
        paid = self.sell(200, date="2026-05-01", due="2026-06-01")
        self.pay(paid, date="2026-06-01")
        self.sell(9000, rep=self.other_rep, date="2026-05-01", due="2026-07-20")
        self.env.cr.flush()
        values = self.open_mine(self.rep)._get_values(TODAY)
        self.assertEqual((values["waiting"], values["months"][-1][1]), (10.0, 0.0))
        self.book()
        values = self.open_mine(self.rep)._get_values(TODAY)
        self.assertEqual(values["waiting"], 0.0)
        self.assertEqual(
            [row.move_id for row in values["rows"]], [soon.id, rich.id, late.id]
        )
        self.assertEqual(values["bands"], [(1.0, 4000.0, 200.0), (0.5, 400.0, 10.0)])
        self.assertEqual(values["months"][-1], (date(2026, 6, 1), 10.0))
        self.assertAlmostEqual(values["expected"], 210.0)
        self.assertAlmostEqual(values["at_risk"], 10.0)
        self.assertIn(soon.name, self.open_mine(self.rep).body)

    def test_queries_do_not_grow_with_invoices(self):
        for number in range(10):
            self.sell(100 + number, date="2026-05-01", due="2026-07-01")
        self.outlook(self.rep)
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            self.assertEqual(len(self.outlook(self.rep)), 10)

    # === MANAGERS: A CHANGED PLAN, TWO PERIODS ===#

    def compare(self, draft, date_from="2026-04-01", date_to="2026-06-30"):
        comparison = self.env["sale.collection.commission.comparison"].create(
            {
                "kind": "plans",
                "candidate_id": draft.id,
                "date_from": date_from,
                "date_to": date_to,
            }
        )
        comparison.action_compare()
        return {
            line.user_id: (line.amount_1, line.amount_2) for line in comparison.line_ids
        }

    def make_draft(self, **values):
        action = self.plan.action_try_change()
        draft = self.env["sale.collection.commission.plan"].browse(action["res_id"])
        draft.write(values)
        return draft

    def test_a_changed_plan_on_past_money(self):
        """Today's plan gives what was booked, the draft what it would have been."""
        first = self.sell(1000, date="2026-04-01", due="2026-05-01")
        second = self.sell(
            1000, rep=self.other_rep, date="2026-04-01", due="2026-05-01"
        )
        self.pay(first, date="2026-05-01")
        self.pay(second, date="2026-05-20")
        self.book()
        before = self.entries.search_count([])
        draft = self.make_draft()
        draft.rate_ids.percent = 6
        draft.factor_ids.filtered(lambda f: f.days_from == 1).factor = 0.5
        self.assertEqual(
            self.compare(draft), {self.rep: (50, 60), self.other_rep: (40, 30)}
        )
        self.assertEqual(self.compare(draft, "2026-01-01", "2026-03-31"), {})
        self.assertEqual(self.entries.search_count([]), before, "nothing is booked")

    def test_tiers_and_caps_count_in_a_comparison(self):
        self.pay(self.sell(1000, due="2026-05-01"), date="2026-05-01")
        self.book()
        draft = self.make_draft(
            tier_ids=[Command.create({"lower": 0, "percent": 2})], cap_amount=65
        )
        self.assertEqual(self.compare(draft), {self.rep: (50, 65)})
        draft.cap_amount = 0
        self.assertEqual(self.compare(draft), {self.rep: (50, 70)})

    def test_versions_and_earlier_money_have_filled_a_cap(self):
        self.plan.write({"cap_amount": 60, "period": "quarter"})
        version = self.plan._make_version(date(2026, 5, 1))
        self.pay(
            self.sell(1000, date="2026-04-01", due="2026-05-01"), date="2026-04-20"
        )
        self.pay(
            self.sell(1000, date="2026-05-02", due="2026-06-01"), date="2026-05-20"
        )
        self.book()
        self.plan = version
        draft = self.make_draft(cap_amount=80)
        for day in ("2026-04-01", "2026-05-01", "2026-05-20"):
            self.assertEqual(self.compare(draft, day), {self.rep: (10, 30)}, day)
        self.assertEqual(self.compare(draft, "2026-05-21"), {})

    def test_a_draft_pays_nobody_until_it_is_in_force(self):
        draft = self.make_draft(date_from="2026-01-01")
        draft.rate_ids.percent = 7
        invoice = self.sell(1000)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.earned(invoice), [50.0])
        action = draft.action_put_in_force()
        versions = self.env["sale.collection.commission.plan.version"]
        version = versions.with_context(**action["context"]).create(
            {"date_from": "2026-03-01"}
        )
        plan = self.plan.browse(version.action_apply()["res_id"])
        self.assertEqual((plan.rate_ids.percent, plan.active), (7, True))
        self.assertFalse(plan.draft_of_id)
        self.assertEqual(self.plan.date_to, date(2026, 2, 28))

    def test_bad_comparisons(self):
        with self.assertRaisesRegex(UserError, "Draft of"):
            self.plan.action_simulate()
        with self.assertRaisesRegex(ValidationError, "Money to"):
            self.compare(self.make_draft(), "2026-06-30", "2026-04-01")

    def test_analysis_by_product(self):
        """A rate of one product is its alone; the sum is that of the entries."""
        special = self.product_b
        self.plan.write(
            {
                "rate_ids": [
                    Command.clear(),
                    Command.create({"percent": 10, "product_id": special.id}),
                    Command.create({"percent": 5}),
                ]
            }
        )
        invoice = self.sell(600, post=False, due="2026-02-10")
        invoice.invoice_line_ids.product_id = self.product_a
        invoice.invoice_line_ids.write({"price_unit": 600, "tax_ids": False})
        line = invoice.invoice_line_ids.copy({"move_id": invoice.id})
        line.write({"product_id": special.id, "price_unit": 400, "tax_ids": False})
        invoice.action_post()
        self.pay(invoice, date="2026-02-10")
        self.book()
        report = self.env["sale.collection.commission.report"]
        groups = report._read_group(
            [("move_id", "=", invoice.id)],
            ["product_id"],
            ["amount:sum", "collected:sum"],
        )
        self.assertEqual(
            {product: tuple(sums) for product, *sums in groups},
            {special: (40, 400), self.product_a: (30, 600)},
        )

    def test_two_periods_side_by_side(self):
        self.pay(self.sell(1000, due="2026-02-02"), date="2026-02-22")
        self.pay(self.sell(3000, due="2026-05-01"), date="2026-05-01")
        self.pay(self.sell(1000, due="2026-05-01"), date="2026-05-11")
        self.book()
        review = self.env["sale.collection.commission.comparison"].create(
            {
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "date_to": "2026-03-31",
                "second_from": "2026-04-01",
                "second_to": "2026-06-30",
            }
        )
        review.action_compare()
        everybody, rep = review.line_ids
        self.assertTrue(everybody.is_total)
        self.assertRecordValues(
            rep,
            [
                {
                    "user_id": self.rep.id,
                    "collected_1": 1000,
                    "collected_2": 4000,
                    "on_time_1": 0,
                    "on_time_2": 0.75,
                    "days_late_1": 20,
                    "days_late_2": 2.5,
                    "amount_1": 40,
                    "amount_2": 190,
                    "per_hundred_1": 4,
                    "per_hundred_2": 4.75,
                }
            ],
        )
        self.assertEqual(everybody.collected_2, 4000)

    # === NOBODY SEES ANOTHER'S ===#

    def test_nobody_sees_the_commission_of_another(self):
        """By rule, export, group, name search, screen, dialog and message."""
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        self.pay(invoice, 600, "2026-06-10")
        self.sell(500, rep=self.other_rep)
        self.book()
        self.env.flush_all()
        self.other_rep.group_ids += self.env.ref("base.group_allow_export")
        secret = self.entries.search([("user_id", "=", self.rep.id)])
        spy = secret.with_user(self.other_rep)
        self.assertTrue(secret)
        self.assertFalse(spy.search([("id", "in", secret.ids)]))
        self.assertFalse(spy.search([("move_id", "=", invoice.id)]))
        self.assertFalse(spy._read_group([("id", "in", secret.ids)], ["user_id"]))
        self.assertFalse(
            spy.name_search(invoice.name), "no suggestion in a search field"
        )
        for read in (
            lambda: spy.read(["amount"]),
            lambda: spy.export_data(["amount"]),
            lambda: spy.mapped("explanation"),
        ):
            with self.assertRaises(AccessError):
                read()
        others = self.env["sale.collection.commission.mine"].with_user(self.other_rep)
        with self.assertRaises(AccessError):
            others.create({"user_id": self.rep.id})
        with self.assertRaises(AccessError):
            others.new({"user_id": self.rep.id}).body  # noqa: B018
        mine = self.open_mine(self.rep)
        with self.assertRaises(AccessError):
            mine.with_user(self.other_rep).body  # noqa: B018
        # A client may send any value of a screen that is being filled in.
        with self.assertRaises(AccessError):
            others.onchange(
                {"user_id": self.rep.id, "is_manager": True}, ["user_id"], {"body": {}}
            )
        self.assertNotIn(
            self.rep, invoice.message_ids.author_id.user_ids, "no trace in the chatter"
        )
        texts = " ".join(str(body) for body in invoice.message_ids.mapped("body"))
        self.assertNotIn("commission", texts.lower())

    def test_an_unsaved_comparison_has_a_title(self):
        comparisons = self.env["sale.collection.commission.comparison"]
        for kind, title in (("periods", "Policy review"), ("plans", "Compare plans")):
            self.assertEqual(comparisons.new({"kind": kind}).display_name, title)

    def test_comparisons_are_for_managers(self):
        for model in ("comparison", "report"):
            dialogs = self.env[f"sale.collection.commission.{model}"]
            with self.assertRaises(AccessError):
                dialogs.with_user(self.rep).search([])
            dialogs.with_user(self.manager).search([])

    def test_auditors_read_nothing_of_commission(self):
        """They read the rest; what people earn is theirs and the managers'."""
        auditor = new_test_user(
            self.env,
            login="auditor of commission",
            groups="account.group_account_readonly",
        )
        names = ("sale.collection.commission", "sale.collection.settlement")
        models = [
            model
            for name, model in self.env.items()
            if name.startswith(names) and not model._abstract and not model._transient
        ]
        self.assertGreater(len(models), 5)
        for model in models:
            with self.subTest(model=model._name):
                self.assertFalse(model.with_user(auditor).has_access("read"))

    def test_an_accountant_sees_the_invoice_not_its_commission(self):
        invoice = self.sell(1000, date="2026-05-01", due="2026-06-10")
        self.pay(invoice, 600, "2026-06-10")
        self.book()
        accountant = new_test_user(
            self.env(su=True),
            login="accountant of commission",
            groups="account.group_account_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.assertEqual(self.sentences(invoice, accountant), [])
        entries = self.entries.with_user(accountant)
        self.assertFalse(entries.search([]))
        self.assertEqual(
            self.sentences(invoice, self.manager)[0][:14], "Earned $ 30.00"
        )
