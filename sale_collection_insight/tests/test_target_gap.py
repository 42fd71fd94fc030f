from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.promise.test_promise import PromiseCommon

USER = "sale_collection.group_user"


class GapCommon(PromiseCommon):
    """A target of 300,000 for March, 200,000 promised at a reliability of 0.75."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.targets = cls.env["sale.collection.target"]
        cls.rep, cls.peer = cls.new_users("gap", rep=USER, peer=USER)
        cls.customer.user_id = cls.rep
        cls.team = cls.env["crm.team"].sudo().create({"name": "North"})
        cls.team.member_ids = cls.rep | cls.peer
        cls.target = cls.targets.create(
            {
                "user_id": cls.rep.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "amount": 300_000,
            }
        )
        cls.keep_three_quarters()
        cls.invoice = cls.sell(500_000)

    @classmethod
    def sell(cls, amount, due="2026-01-31", partner=None, rep=None, **values):
        return cls.create_invoice(
            amount,
            "2026-01-01",
            due,
            partner,
            invoice_user_id=(rep or cls.rep).id,
            team_id=cls.team.id,
            **values,
        )

    @classmethod
    def keep_three_quarters(cls):
        """Have the customer keep 750 of a promise of 1,000, and pay the rest late."""
        with freeze_time("2025-12-20 09:00:00"):
            old = cls.create_invoice(1000, "2025-11-01", "2025-12-01")
            promise = cls.promises.create(
                {
                    "profile_id": cls.profile.id,
                    "amount": 1000,
                    "date": "2025-12-29",
                    "line_ids": cls.receivable_lines(old).ids,
                }
            )
            promise.action_open()
        cls.pay(old, 750, date="2025-12-28")
        cls.env.cr.flush()
        cls.promises._evaluate(cls.company._collection_today())
        cls.pay(old, date="2026-02-20")
        cls.env.cr.flush()
        cls.promises._evaluate(cls.company._collection_today())

    def refresh(self):
        self.env.cr.flush()
        self.env["sale.collection.profile"]._refresh_touched(
            self.env["res.partner"].search([("name", "=like", "Customer%")])
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def promise_it(self):
        self.promise(200_000, "2026-03-20", self.invoice)
        self.refresh()

    def assertFigures(self, record, **figures):
        found = {name: record[name] for name in figures}
        self.assertEqual(found, figures)

    def total(self, groupby, env=None, domain=(("part", "!=", "whole"),)):
        rows = (env or self.env)["sale.collection.target.customer"]._read_group(
            domain,
            [groupby],
            ["amount:sum", "promised:sum", "gap_promised:sum"],
        )
        return {key: tuple(values) for key, *values in rows}


@tagged("post_install", "-at_install")
class TestTargetGap(GapCommon):
    """What is missing, who could bring it, and what is done about it."""

    # === GAP ===#

    def test_fixture(self):
        self.promise_it()
        self.assertAlmostEqual(self.profile.promise_reliability, 0.75, 4)
        self.assertFigures(
            self.target,
            due=0,
            collected=0,
            unapplied=0,
            promised=200_000,
            expected=150_000,
            gap_promised=100_000,
            gap_expected=150_000,
        )

    def test_money_on_the_promise_counts_once(self):
        self.promise_it()
        self.pay(self.invoice, 50_000, date="2026-03-02")
        self.refresh()
        self.assertFigures(
            self.target,
            collected=50_000,
            promised=150_000,
            expected=112_500,
            gap_promised=100_000,
            gap_expected=137_500,
        )

    def test_money_not_matched_stands_apart(self):
        self.promise_it()
        bank = self.bank_journal.default_account_id
        entry = self.create_entry(
            [(bank, 7000), (self.receivable, -7000)], date="2026-03-02"
        )
        self.refresh()
        self.assertFigures(
            self.target,
            collected=0,
            unapplied=7000,
            promised=200_000,
            gap_promised=100_000,
        )
        # A credit that nobody paid is no money.
        self.create_entry(
            [(self.revenue, 100), (self.receivable, -100)], date="2026-03-02"
        )
        self.refresh()
        self.assertFigures(self.target, unapplied=7000)
        self.match(self.invoice, entry)
        self.refresh()
        self.assertFigures(
            self.target,
            collected=7000,
            unapplied=0,
            promised=193_000,
            gap_promised=100_000,
        )

    def test_promises_count_in_the_period_of_their_day(self):
        self.promise(200_000, "2026-04-02", self.invoice)
        self.refresh()
        self.assertFigures(self.target, promised=0, gap_promised=300_000)
        self.promise(
            90_000,
            None,
            self.invoice,
            kind="plan",
            plan_line_ids=[
                Command.create({"date": day, "amount": 30_000})
                for day in ("2026-03-10", "2026-03-31", "2026-04-10")
            ],
        )
        self.refresh()
        self.assertFigures(self.target, promised=60_000, gap_promised=240_000)

    def test_due_is_net_of_credit_notes(self):
        due = self.sell(8000, "2026-03-15")
        self.sell(9000, "2026-04-01")
        note = self.create_invoice(1500, "2026-02-20", None, move_type="out_refund")
        self.match(due, note)
        self.refresh()
        self.assertFigures(self.target, due=6500)
        rate = self.env["sale.collection.rate"]._read_group(
            [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")],
            [],
            ["due_amount:sum"],
        )
        self.assertEqual(rate, [(6500,)])

    def test_target_of_the_team(self):
        team = self.targets.create(
            {
                "team_id": self.team.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "amount": 400_000,
            }
        )
        self.promise_it()
        other = self.env["res.partner"].create({"name": "Customer of the peer"})
        invoice = self.sell(4000, partner=other, rep=self.peer)
        self.pay(invoice, 1000, date="2026-03-01")
        self.refresh()
        self.assertFigures(team, collected=1000, promised=200_000, gap_promised=199_000)
        self.assertFigures(self.target, collected=0, promised=200_000)

    def test_another_currency_counts_in_that_of_the_company(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        invoice = self.sell(8000, currency_id=euro.id)
        self.promise(3000, "2026-03-12", invoice)
        self.refresh()
        self.assertFigures(self.target, promised=3000, expected=2250)

    def test_another_company_has_its_own(self):
        self.promise_it()
        other = self.setup_other_company()["company"]
        theirs = self.targets.create(
            {
                "user_id": self.rep.id,
                "company_id": other.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "amount": 10,
            }
        )
        both = theirs | self.target
        self.assertEqual(both.mapped("promised"), [0, 200_000])

    def test_money_of_a_branch_counts(self):
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.sudo().company_ids |= branch
        customer = self.customer.sudo().with_company(branch)
        customer.property_account_receivable_id = self.receivable
        journal = self.env["account.journal"].sudo()
        journal = journal.create(
            {
                "name": "Branch sales",
                "code": "BRS",
                "type": "sale",
                "company_id": branch.id,
                "default_account_id": self.revenue.id,
            }
        )
        values = {"company_id": branch.id, "journal_id": journal.id}
        self.pay(self.sell(5000, "2026-03-20", **values), 700, date="2026-03-02")
        self.refresh()
        self.assertFigures(self.target, due=5000, collected=700)
        rows = self.env["sale.collection.target.customer"].search([])
        self.assertEqual(sum(rows.mapped("collected")), 700)

    # === WHO COULD CLOSE IT ===#

    def test_whom_to_ask_for_what(self):
        self.promise_it()
        [row] = self.target.customer_ids
        self.assertEqual(row.partner_id, self.customer)
        self.assertEqual(row.collectable, 300_000)
        self.assertAlmostEqual(row.reliability, 0.75, 4)
        self.assertAlmostEqual(row.ask_amount, 200_000, 2)
        self.assertAlmostEqual(row.ask_expected, 150_000, 2)

    def test_customers_who_bargain_are_asked_for_more(self):
        self.promise_it()
        row = self.target.customer_ids
        trust = {self.profile.id: {"reliability": 0.8, "bargaining": 0.75}}
        profiles = self.env.registry["sale.collection.profile"]
        with patch.object(profiles, "_get_promise_trust", lambda *args: trust):
            row.invalidate_recordset()
            self.assertEqual(row.ask_amount, 250_000)
            self.assertAlmostEqual(row.ask_expected, 150_000, 2)

    def test_never_more_than_is_collectable(self):
        self.promise_it()
        self.create_dispute(180_000)
        self.refresh()
        row = self.target.customer_ids
        self.assertEqual((row.collectable, row.ask_amount), (120_000, 120_000))
        self.assertAlmostEqual(row.ask_expected, 90_000, 2)

    def test_what_falls_due_in_the_period_is_offered_after_what_is_overdue(self):
        self.promise_it()
        other = self.env["res.partner"].create({"name": "Customer B"})
        other.user_id = self.rep
        soon = self.sell(90_000, "2026-03-31", other)
        self.pay(soon, 30_000, date="2026-03-02")
        self.sell(5000, "2026-04-01", other)
        self.sell(6000, "2026-03-20", self.customer)
        self.refresh()
        profile = self.env["sale.collection.profile"].search(
            [("partner_id", "=", other.id), ("company_id", "=", self.company.id)]
        )
        self.promise(20_000, "2026-03-31", soon, profile_id=profile.id)
        self.create_dispute(10_000, soon, profile)
        bank = self.bank_journal.default_account_id
        self.create_entry([(bank, 4000), (self.receivable, -4000, other)], "2026-03-02")
        self.refresh()
        mine, theirs = self.target.customer_ids
        self.assertFigures(mine, collectable=300_000, coming=6000)
        self.assertEqual((mine.partner_id, theirs.partner_id), (self.customer, other))
        # Of 60,000 still open 10,000 are disputed, 20,000 promised, 4,000 are there
        self.assertFigures(theirs, collectable=0, coming=26_000, ask_amount=26_000)

    def create_dispute(self, amount, invoice=None, profile=None):
        reason = self.env.ref("sale_collection.reason_price_difference")
        line = self.receivable_lines(invoice or self.invoice)
        return self.env["sale.collection.dispute"].create(
            {
                "profile_id": (profile or self.profile).id,
                "reason_id": reason.id,
                "line_ids": [Command.create({"line_id": line.id, "amount": amount})],
            }
        )

    def test_nothing_to_ask_once_it_is_reached(self):
        self.pay(self.invoice, 320_000, date="2026-03-02")
        self.refresh()
        self.assertFigures(self.target, gap_expected=-20_000)
        self.assertEqual(self.target.customer_ids.ask_amount, 0)

    def test_one_button_logs_the_contact(self):
        self.promise_it()
        row = self.target.with_user(self.rep).customer_ids
        action = row.action_log_contact()
        self.assertEqual(action["res_model"], "sale.collection.contact.log")
        self.assertEqual(action["context"]["default_profile_id"], self.profile.id)

    # === BY CUSTOMER ===#

    def test_customers_and_the_others(self):
        self.promise_it()
        other = self.env["res.partner"].create({"name": "Customer B"})
        self.pay(self.sell(4000, partner=other), 1000, date="2026-03-01")
        self.refresh()
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 250_000})
        ]
        mine, rest = self.target.line_ids
        self.assertEqual((mine.name, rest.name), ("Customer", "Others"))
        self.assertFigures(
            mine, amount=250_000, promised=200_000, gap_promised=50_000, collected=0
        )
        self.assertFigures(
            rest, amount=50_000, promised=0, collected=1000, gap_promised=49_000
        )
        for name in ("amount", "collected", "promised", "expected", "gap_expected"):
            total = sum(self.target.line_ids.mapped(name))
            self.assertEqual(total, self.target[name], name)

    def test_the_rest_follows(self):
        line = self.env["sale.collection.target.line"].create(
            {
                "target_id": self.target.id,
                "partner_id": self.customer.id,
                "amount": 250_000,
            }
        )
        rest = self.target.line_ids - line
        self.target.amount = 310_000
        self.assertEqual(rest.amount, 60_000)
        line.amount = 310_000
        self.assertEqual(rest.amount, 0)
        with self.assertRaisesRegex(ValidationError, "more than the target"):
            line.amount = 310_001
        line.unlink()
        self.assertFalse(self.target.line_ids)

    def test_what_one_customer_loses_another_gets_in_one_save(self):
        other = self.env["res.partner"].create({"name": "Customer B"})
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 0}),
            Command.create({"partner_id": other.id, "amount": 300_000}),
        ]
        mine, theirs = self.target.line_ids.filtered("partner_id").sorted("amount")
        self.target.line_ids = [
            Command.update(mine.id, {"amount": 300_000}),
            Command.update(theirs.id, {"amount": 0}),
        ]
        self.assertEqual((mine.amount, theirs.amount), (300_000, 0))
        with self.assertRaisesRegex(ValidationError, "more than the target"):
            self.target.line_ids = [Command.update(theirs.id, {"amount": 1})]

    def test_one_line_for_each_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        lines = self.env["sale.collection.target.line"]
        values = {"target_id": self.target.id, "amount": 10}
        with self.assertRaisesRegex(ValidationError, "instead of its contact"):
            lines.create({**values, "partner_id": contact.id})
        lines.create({**values, "partner_id": self.customer.id})
        with self.assertRaisesRegex(ValidationError, "one line"):
            lines.create({**values, "partner_id": self.customer.id})

    def test_merged_customers_have_one_line(self):
        other = self.env["res.partner"].create({"name": "Customer B"})
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 120_000}),
            Command.create({"partner_id": other.id, "amount": 30_000}),
        ]
        alone = self.target.copy({"user_id": self.peer.id, "line_ids": False})
        alone.line_ids = [Command.create({"partner_id": other.id, "amount": 700})]
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        merge._merge((self.customer | other).ids, self.customer)
        for target, amounts in (
            (self.target, {self.customer: 150_000, other.browse(): 150_000}),
            (alone, {self.customer: 700, other.browse(): 299_300}),
        ):
            found = {line.partner_id: line.amount for line in target.line_ids}
            self.assertEqual(found, amounts)

    def test_customer_that_gets_a_parent_brings_its_line(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.target.line_ids = [
            Command.create({"partner_id": group.id, "amount": 1000}),
            Command.create({"partner_id": self.customer.id, "amount": 500}),
        ]
        self.customer.write({"is_company": False, "parent_id": group.id})
        named = self.target.line_ids.filtered("partner_id")
        self.assertEqual((named.partner_id, named.amount), (group, 1500))

    def test_copies_take_the_customers_along_and_leave_the_measures(self):
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 250_000})
        ]
        self.measure(10)
        self.target.action_copy_to_next()
        copy = self.targets.search([("date_from", "=", "2026-04-01")])
        self.assertEqual(copy.line_ids.mapped("amount"), [250_000, 50_000])
        self.assertFalse(copy.measure_ids)

    def test_import_with_customers(self):
        other = self.env["res.partner"].create({"name": "Customer B"})
        result = self.targets.load(
            [
                *("user_id", "date_from", "date_to", "amount"),
                *("line_ids/partner_id", "line_ids/amount"),
            ],
            [
                [self.peer.name, "2026-03-01", "2026-03-31", "5000"]
                + [self.customer.name, "3000"],
                ["", "", "", "", other.name, "500"],
            ],
        )
        self.assertEqual(result["messages"], [])
        lines = self.targets.browse(result["ids"]).line_ids
        self.assertEqual(sorted(lines.mapped("amount")), [500, 1500, 3000])

    # === MEASURES ===#

    def measure(self, amount, **values):
        return self.env["sale.collection.measure"].create(
            {
                "target_id": self.target.id,
                "partner_id": self.customer.id,
                "expected_amount": amount,
                **values,
            }
        )

    def test_measures_stand_beside_the_gap(self):
        self.promise_it()
        call = self.measure(40_000)
        self.measure(10_000, kind="visit")
        self.assertFigures(self.target, measure_amount=50_000, gap_uncovered=100_000)
        call.result = "failed"
        self.assertFigures(self.target, measure_amount=10_000, gap_uncovered=140_000)

    # === ACCESS AND QUERIES ===#

    def test_rep_sees_own_targets_and_customers(self):
        self.promise_it()
        theirs = self.target.copy({"user_id": self.peer.id})
        env = self.env(user=self.rep)
        self.assertEqual(env["sale.collection.target"].search([]), self.target)
        rows = env["sale.collection.target.customer"].search([])
        self.assertEqual(rows.target_id, self.target)
        self.assertEqual(self.target.with_user(self.rep).gap_expected, 150_000)
        measures = env["sale.collection.measure"]
        values = {"partner_id": self.customer.id, "expected_amount": 5}
        measures.create({**values, "target_id": self.target.id})
        with self.assertRaises(AccessError):
            measures.create({**values, "target_id": theirs.id})
        with self.assertRaises(AccessError):
            self.target.with_user(self.rep).line_ids = [
                Command.create({"partner_id": self.customer.id, "amount": 5})
            ]
        self.assertFalse(self.total("user_id", self.env(user=self.peer)).get(self.rep))

    def test_leader_sees_the_targets_of_the_team(self):
        [leader] = self.new_users("gap", leader=USER)
        values = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
        whole = self.targets.create(
            {**values, "team_id": self.team.id, "amount": 900_000}
        )
        targets = self.targets.with_user(leader)
        self.assertFalse(targets.search([]))
        self.team.user_id = leader
        self.env.flush_all()
        self.assertEqual(targets.search([]), whole | self.target)
        self.assertEqual(targets.search([("is_own", "=", False)]), self.targets)
        with freeze_time("2026-03-10 09:00:00"):
            [bar] = targets.read_progress()
        self.assertEqual((bar["id"], bar["owner"]), (whole.id, "North"))
        with self.assertRaises(AccessError):
            whole.with_user(leader).amount = 1

    def test_owner_of_another_team_sees_the_measure_alone(self):
        lawyer = self.new_user("gap lawyer", USER)
        measure = self.measure(40_000, user_id=lawyer.id, kind="legal")
        theirs = self.measure(10)
        own = self.env(user=lawyer)["sale.collection.measure"]
        self.assertEqual(own.search([]), measure)
        own = own.browse(measure.id)
        [read] = own.web_read(
            {
                "partner_id": {"fields": {"display_name": {}}},
                "target_id": {"fields": {"display_name": {}}},
                "expected_amount": {},
            }
        )
        self.assertEqual(read["partner_id"]["display_name"], "Customer")
        self.assertEqual(read["target_id"]["display_name"], "Target")
        self.assertEqual(read["expected_amount"], 40_000)
        self.assertIn(self.rep.name, self.target.display_name)
        own.result = "done"
        self.assertEqual(self.target.measure_amount, 10)
        for refused in (
            lambda: own.write({"target_id": self.target.id}),
            own.unlink,
            lambda: own.copy(),
            lambda: theirs.with_user(lawyer).read(["note"]),
            lambda: self.target.with_user(lawyer).read(["amount"]),
        ):
            with self.assertRaises(AccessError):
                refused()

    def test_accountants_read_measures_and_change_none(self):
        measure = self.measure(10)
        for group in ("account.group_account_invoice", "account.group_account_user"):
            user = self.new_user(f"gap {group}", f"{group},{USER}")
            self.assertEqual(measure.with_user(user).expected_amount, 10)
            self.assertEqual(self.target.with_user(user).amount, 300_000)
            with self.assertRaises(AccessError):
                measure.with_user(user).unlink()

    def test_rep_opens_the_form(self):
        self.promise_it()
        self.measure(40_000)
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 250_000})
        ]
        self.env.invalidate_all()
        target = self.target.with_user(self.rep)
        figures = {"display_name": {}}
        [values] = target.web_read(
            {
                **dict.fromkeys(("due", "unapplied", "gap_uncovered"), {}),
                "customer_ids": {"fields": {**figures, "ask_amount": {}}},
                "line_ids": {"fields": {**figures, "gap_expected": {}}},
                "measure_ids": {"fields": {**figures, "expected_amount": {}}},
            }
        )
        self.assertEqual(values["gap_uncovered"], 110_000)
        self.assertEqual(len(values["line_ids"]), 2)
        self.assertAlmostEqual(values["customer_ids"][0]["ask_amount"], 200_000, 2)

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            targets = self.targets.search([])
            targets.mapped("gap_expected")
            targets.customer_ids.mapped("ask_amount")
            targets.line_ids.mapped("gap_expected")
            return self.env.cr.sql_log_count - before

        self.promise_it()
        self.target.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 250_000})
        ]
        count()
        few = count()
        for number in range(3):
            other = self.env["res.partner"].create({"name": f"Customer {number}"})
            other.user_id = self.peer
            self.sell(500, partner=other, rep=self.peer)
        copy = self.target.copy({"user_id": self.peer.id})
        self.assertTrue(copy.line_ids)
        self.refresh()
        self.assertGreater(len(copy.customer_ids), 2)
        self.assertLessEqual(count(), few)
