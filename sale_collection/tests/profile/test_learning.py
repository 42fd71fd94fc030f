import random
from collections import defaultdict
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from ...tools.habit import company_median, find_habit, learn_habit
from ...tools.lesson import learn
from ...tools.period import predict_payment, usual_days_late
from ...tools.record import Case, Tally, Together
from ...tools.risk import Item, collect_facts, company_shares, late_risk
from ..common import CollectionCommon

TODAY = date(2026, 11, 2)
CUSTOMERS = 20
PAID = 25


@freeze_time("2026-11-02")
@tagged("post_install", "-at_install")
class TestLearning(CollectionCommon):
    """A book of trade history, in which what is due on a weekend is paid on Mondays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(13)
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(CUSTOMERS)]
        )
        cls.env["sale.collection.history"].create(
            [
                vals
                for number, customer in enumerate(cls.customers)
                for vals in cls.make_history(customer, number)
            ]
        )
        cls.profiles = cls.env["sale.collection.profile"]._for(cls.customers)
        cls.profiles.sudo()._refresh()
        cls.learning = cls.env["sale.collection.learning"].sudo()
        cls.odds = cls.env["sale.collection.odds"].sudo()

    @classmethod
    def make_history(cls, customer, number):
        """Return the paid invoices of a customer, 25 or, of the last one, 10."""
        for place in range(10 if number == CUSTOMERS - 1 else PAID):
            due = date(2026, 9, 28) - timedelta(9 * place + number)
            days = cls.dice.choice((-3, -2, -1, 0, 0, number % 4))
            if due.weekday() > 4:
                days = 7 - due.weekday() + cls.dice.choice((0, 0, 1))
            if number == 1:  # on the Friday after
                days = (4 - due.weekday()) % 7
            if number == 2 and due.day > 20:
                days += 12
            if number == 3 and not place % 9:
                days += 45
            yield {
                "partner_id": customer.id,
                "invoice_ref": f"INV {customer.id} {place}",
                "invoice_date": due - timedelta(30),
                "due_date": due,
                "paid_date": min(due + timedelta(days), date(2026, 10, 30)),
                "amount": cls.dice.choice((50, 100, 100, 400)),
                "source": "test",
            }

    def read_book(self):
        """Return {customer: its cases} in plain Python, and their tallies."""
        cases = defaultdict(list)
        history = self.env["sale.collection.history"].search([], order="paid_date, id")
        effective = self.company._collection_effective_dues(history.mapped("due_date"))
        for row in history:
            cases[row.partner_id].append(
                Case(
                    row.invoice_date,
                    row.due_date,
                    effective[row.due_date],
                    row.paid_date,
                    row.amount_company,
                )
            )
        return cases

    def tally(self, cases):
        tally = Tally()
        for case in cases:
            tally.add(case)
        return tally.get_record()

    # === PARITY ===#

    def test_record_is_the_same_in_sql(self):
        book = self.read_book()
        items = self.env["sale.collection.open.item"]
        for profile in self.profiles:
            with self.subTest(customer=profile.partner_id.name):
                expected = self.tally(book[profile.partner_id])
                item = items.new({"profile_id": profile.id})
                found = item._get_record()
                self.assertAlmostEqual(
                    found.recent_days_late, expected.recent_days_late, 2
                )
                self.assertAlmostEqual(found.usual_amount, expected.usual_amount, 2)
                self.assertEqual(
                    found._replace(recent_days_late=0, usual_amount=0),
                    expected._replace(recent_days_late=0, usual_amount=0),
                )

    def test_learnt_is_what_the_pure_functions_say(self):
        self.learning._learn(self.company, TODAY)
        book = self.read_book()
        shares = company_shares(map(self.tally, book.values()))
        self.assertEqual(self.learning._get_late_shares(self.company), shares)
        expected = learn(book.values(), shares, TODAY)
        self.assertEqual(self.odds._get_odds(self.company), expected)
        self.assertIn("due_day", expected["late"])
        for profile in self.profiles:
            habit = learn_habit(book[profile.partner_id])
            self.assertEqual(profile.habit_count, habit.count)
            self.assertEqual(
                [
                    None if days is False else days
                    for days in (
                        profile.first_third_days_late,
                        profile.second_third_days_late,
                        profile.last_third_days_late,
                    )
                ],
                list(habit.thirds),
            )
            self.assertEqual(profile._get_payment_days(), habit.payment_days)

    def test_open_items_are_what_the_back_test_says(self):
        """Risk and date of every open instalment, as `make backtest` finds them."""
        self.learning._learn(self.company, TODAY)
        book = self.read_book()
        records = {customer: self.tally(cases) for customer, cases in book.items()}
        habits = {
            customer: (find_habit(cases), learn_habit(cases))
            for customer, cases in book.items()
        }
        shares = company_shares(records.values())
        odds = learn(book.values(), shares, TODAY)
        usual = company_median(habit for habit, _learnt in habits.values())
        for number, customer in enumerate([*self.customers, *self.customers]):
            due = TODAY + timedelta(7 * number % 41 + number // 9)
            self.create_invoice(
                10 + 37 * number, "2026-10-20", str(due), partner=customer
            )
        items = self.env["sale.collection.open.item"].search(
            [("partner_id", "in", self.customers.ids)]
        )
        self.assertEqual(len(items), 2 * CUSTOMERS)
        effective = self.company._collection_effective_dues(items.mapped("date_due"))
        opened = defaultdict(list)
        for item in items:
            case = Case(
                item.invoice_date,
                item.date_due,
                effective[item.date_due],
                None,
                item.amount,
            )
            opened[item.partner_id].append(case)
        for item in items:
            customer, due = item.partner_id, item.date_due
            together = Together(opened[customer]).count(due, TODAY)
            day_off = effective[due] != due
            facts = collect_facts(
                records[customer],
                Item(due.weekday(), day_off, together, item.amount),
                shares,
            )
            risk = late_risk(facts, odds)
            habit, learnt = habits[customer]
            days = learnt.payment_days
            expected = predict_payment(
                due,
                usual_days_late(
                    habit._replace(thirds=learnt.thirds), due, day_off, usual
                ),
                TODAY,
                payment_days=days,
                slack=days.slack,
            )
            with self.subTest(customer=customer.name, due=due):
                self.assertAlmostEqual(item.late_risk, risk.late, 6)
                self.assertAlmostEqual(item.over_30_risk, risk.over_30, 6)
                self.assertEqual(item.date_predicted, expected)

    # === WHAT IS LEARNT ===#

    def test_weekend_is_learnt_and_read_in_words(self):
        self.learning._learn(self.company, TODAY)
        rows = self.odds.search([("fact", "=", "due_day"), ("question", "=", "late")])
        self.assertEqual(len(rows), 8)
        by_name = {row.name: row for row in rows}
        sunday = by_name["due on a Sunday"]
        self.assertGreater(sunday.times, 1.5)
        self.assertEqual(sunday.effect, f"times {sunday.times:.2f}")
        self.assertGreater(sunday.case_count, 40)
        self.assertEqual(sunday.learnt_on, TODAY)
        invoice = self.create_invoice(
            100, "2026-10-20", "2026-11-08", partner=self.customers[0]
        )
        item = self.env["sale.collection.open.item"].search(
            [("move_id", "=", invoice.id)]
        )
        self.assertIn(
            f"times {sunday.times:.2f}: due on a Sunday ({sunday.case_count} cases)",
            item.risk_reason,
        )
        self.assertRegex(item.risk_reason, r"^late on \d+ of 25 so far")

    def test_habits_in_words(self):
        self.learning._learn(self.company, TODAY)
        friday, third = self.profiles[1], self.profiles[2]
        self.assertEqual(friday.learnt_weekday, "4")
        self.assertIn("pays on a Friday", friday.habit_text)
        self.assertIn("due from the 21st on: ", third.habit_text)
        self.assertIn("learnt from 25 payments", third.habit_text)
        self.assertFalse(self.profiles[-1].habit_text)
        # What people noted goes before it.
        friday.payment_month_days = "10"
        self.assertEqual(friday._get_payment_days(), ((10,), ()))

    def test_once_a_month(self):
        found = self.learning._learn(self.company, TODAY)
        self.assertTrue(found["odds"] and found["habits"])
        self.assertEqual(self.learning._learn(self.company, date(2026, 11, 30)), {})
        again = self.learning._learn(self.company, date(2026, 12, 1))
        self.assertEqual(again, {"odds": found["odds"], "habits": 0})
        days = set(self.odds.search([]).mapped("learnt_on"))
        self.assertEqual(days, {date(2026, 12, 1)})

    def test_manager_has_it_learnt_at_once(self):
        self.company.collection_learnt_on = TODAY
        manager, rep = (
            new_test_user(
                self.env,
                f"learns {name}",
                groups=f"sale_collection.{name}",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for name in ("group_manager", "group_user")
        )
        odds = self.env["sale.collection.odds"]
        with self.assertRaises(AccessError):
            odds.with_user(rep).action_learn_now()
        odds.with_user(manager).with_company(self.company).action_learn_now()
        self.assertIn("due_day", self.odds.search([]).mapped("fact"))

    def test_phase_of_the_night(self):
        run = self.env["sale.collection.run"].sudo()._run(TODAY, phases=["learn"])
        self.assertEqual(run.state, "done")
        self.assertGreater(run.phase_ids.counts["odds"], 0)

    def test_thin_ledger_changes_no_odds(self):
        self.env["sale.collection.history"].search(
            [("partner_id", "!=", self.customers[-1].id)]
        ).unlink()
        self.profiles.sudo()._refresh()
        self.learning._learn(self.company, TODAY)
        self.assertFalse(self.odds.search([]))
        self.env["sale.collection.history"].search([]).unlink()
        self.profiles.sudo()._refresh()
        self.assertEqual(self.learning._learn(self.company, date(2027, 1, 1)), {})

    def test_receipts_teach_like_history(self):
        invoice = self.create_invoice(
            100, "2026-08-01", "2026-08-15", partner=self.customers[0]
        )
        self.pay(invoice, 100, "2026-08-20")
        still_open = self.create_invoice(
            70, "2026-08-01", "2026-08-16", partner=self.customers[0]
        )
        self.env.cr.flush()
        cases = self.learning._collect_cases(self.company, self.customers[:1].ids)
        cases = cases[self.customers[0].id]
        self.assertEqual(len(cases), PAID + 2)
        monday = date(2026, 8, 17)
        self.assertIn(
            Case(date(2026, 8, 1), date(2026, 8, 15), monday, date(2026, 8, 20), 100),
            cases,
        )
        self.assertIn(
            Case(date(2026, 8, 1), date(2026, 8, 16), monday, None, 70), cases
        )
        self.assertEqual(still_open.state, "posted")

    def test_constant_queries(self):
        def count():
            self.company.collection_learnt_on = False
            self.profiles.sudo().write({"habit_count": 0})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.learning._learn(self.company, TODAY)
            return self.env.cr.sql_log_count - before

        count()
        cost = count()
        more = self.env["res.partner"].create([{"name": f"More {n}"} for n in range(9)])
        self.env["sale.collection.history"].create(
            [vals for one in more for vals in self.make_history(one, 0)]
        )
        self.env["sale.collection.profile"]._for(more).sudo()._refresh()
        self.assertEqual(count(), cost)

    # === ACCESS ===#

    def test_who_reads_them(self):
        other = self.env["res.company"].create({"name": "Other"})
        mine, theirs = self.odds.sudo().create(
            [
                {
                    "company_id": company.id,
                    "question": "late",
                    "fact": "due_day",
                    "lower": 6,
                    "times": 1.75,
                    "case_count": 412,
                    "learnt_on": TODAY,
                }
                for company in (self.company, other)
            ]
        )
        for group in ("sale_collection.group_user", "account.group_account_readonly"):
            user = new_test_user(
                self.env,
                f"reads odds {group}",
                groups=group,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            odds = self.env["sale.collection.odds"].with_user(user)
            self.assertEqual(odds.search([("lower", "=", 6)]).ids, mine.ids)
            with self.assertRaises(AccessError):
                odds.browse(theirs.id).read(["times"])
        manager = new_test_user(
            self.env, "odds manager", groups="sale_collection.group_manager"
        )
        with self.assertRaises(AccessError):
            mine.with_user(manager).sudo(False).write({"times": 2})

    def test_each_company_learns_from_its_own_ledger(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.learning._learn(other, TODAY), {})
        self.learning._learn(self.company, TODAY)
        self.assertEqual(self.odds.sudo().search([]).company_id, self.company)
        self.assertEqual(self.odds._get_odds(other), {"late": {}, "over_30": {}})
