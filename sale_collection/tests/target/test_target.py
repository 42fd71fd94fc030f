from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestTarget(CollectionCommon):
    """What a rep or a team is to collect, and how far they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.targets = cls.env["sale.collection.target"]
        cls.rep, cls.other = cls.new_users(
            "target",
            rep="sale_collection.group_user",
            other="sale_collection.group_user",
        )

    def target(self, amount=1000, **values):
        if "team_id" not in values:
            values = {"user_id": self.rep.id, **values}
        return self.targets.create(
            {
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "amount": amount,
                **values,
            }
        )

    def collect(self, amount, day="2026-01-20", **values):
        values = {"invoice_user_id": self.rep.id, "date": "2026-01-01", **values}
        invoice = self.create_invoice(amount, **values)
        self.pay(invoice, date=day)
        self.env.cr.flush()
        return invoice

    def test_money_of_the_period_counts(self):
        target = self.target(400)
        self.collect(150)
        self.collect(60, "2026-02-01")
        self.collect(90, invoice_user_id=self.other.id)
        self.assertEqual(
            (target.collected, target.gap, target.attainment), (150, 250, 37.5)
        )

    def test_team(self):
        team = self.env["crm.team"].sudo().create({"name": "North"})
        target = self.target(200, team_id=team.id)
        self.collect(150, team_id=team.id)
        self.collect(50, team_id=team.id, invoice_user_id=self.other.id)
        self.assertEqual(target.collected, 200)

    def test_money_dated_ahead_has_not_reached_a_target_yet(self):
        today = self.company._collection_today()
        later = today + timedelta(10)
        target = self.target(1000, date_from=today, date_to=later)
        for amount, day in ((500, later), (300, today)):
            self.collect(amount, day, date=today, due=today)
        self.assertEqual((target.collected, target.gap), (300, 700))

    def test_targets_of_one_rep_do_not_overlap(self):
        target = self.target(100)
        with self.assertRaisesRegex(ValidationError, "overlap"):
            self.target(100, date_from="2026-01-31")
        target.action_copy_to_next()
        following = self.targets.search([("date_from", "=", "2026-02-01")])
        self.assertEqual(str(following.date_to), "2026-02-28")

    def test_a_rep_sees_his_targets_only(self):
        mine, theirs = self.target(), self.target(user_id=self.other.id)
        seen = (mine | theirs).with_user(self.rep)._filtered_access("read")
        self.assertEqual(seen, mine)
        with self.assertRaises(AccessError):
            mine.with_user(self.rep).amount = 1

    # === COPY AND IMPORT ===#

    @freeze_time("2026-04-10")
    def test_copy_from_last_period(self):
        self.target(100, date_from="2025-12-01", date_to="2025-12-31")
        self.target(300)
        running = self.target(
            200, user_id=self.other.id, date_from="2026-04-01", date_to="2026-04-30"
        )
        self.targets.action_copy_from_last()
        copies = self.targets.search([("date_to", ">=", "2026-04-10")]) - running
        self.assertEqual((copies.user_id, copies.amount), (self.rep, 300))
        self.assertEqual(str(copies.date_from), "2026-04-01")
        self.assertEqual(str(copies.date_to), "2026-04-30")
        with self.assertRaisesRegex(UserError, "nothing to copy"):
            self.targets.action_copy_from_last()

    @freeze_time("2026-04-10")
    def test_nobody_who_left_gets_a_copy(self):
        self.target(300)
        self.rep.sudo().active = False
        with self.assertRaisesRegex(UserError, "nothing to copy"):
            self.targets.action_copy_from_last()

    def test_import(self):
        rows = [
            [self.rep.name, "2026-03-01", "2026-03-31", "5000"],
            [self.other.name, "2026-03-01", "2026-03-31", "7000"],
        ]
        columns = ["user_id", "date_from", "date_to", "amount"]
        result = self.targets.load(columns, rows)
        self.assertEqual(result["messages"], [])
        found = self.targets.browse(result["ids"])
        self.assertEqual(found.mapped("amount"), [5000, 7000])
        self.assertEqual(found.user_id, self.rep | self.other)

    # === TODAY ===#

    @freeze_time("2026-01-15")
    def test_progress_of_the_month(self):
        self.target(300)
        self.target(500, user_id=self.other.id)
        self.collect(120, "2026-01-10")
        [bar] = self.targets.with_user(self.rep).read_progress()
        self.assertEqual((bar["percent"], bar["elapsed"]), (40, 48))
        self.assertIn("16 days left", bar["text"])
        self.assertEqual(bar["owner"], "")
        self.collect(255, "2026-01-12")
        self.env.invalidate_all()
        [bar] = self.targets.with_user(self.rep).read_progress()
        self.assertEqual(bar["percent"], 125, "More than the target is told as more")
        with freeze_time("2026-02-15"):
            self.assertEqual(self.targets.with_user(self.rep).read_progress(), [])

    @freeze_time("2026-01-15")
    def test_progress_of_the_team_without_a_target_of_ones_own(self):
        team = self.env["crm.team"].sudo().create({"name": "North"})
        team.member_ids = self.rep | self.other
        self.target(900, team_id=team.id)
        for user in (self.rep, self.other):
            [bar] = self.targets.with_user(user).read_progress()
            self.assertEqual(bar["owner"], "North")
        self.target(300)
        [bar] = self.targets.with_user(self.rep).read_progress()
        self.assertEqual(bar["owner"], "")

    @freeze_time("2026-01-15")
    def test_progress_in_a_branch_and_in_another_company(self):
        self.target(300)
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        other = self.setup_other_company()["company"]
        self.rep.company_ids = [Command.set((self.company | branch | other).ids)]
        for companies, count in ((branch | self.company, 1), (other, 0)):
            targets = self.targets.with_user(self.rep).with_context(
                allowed_company_ids=companies.ids
            )
            self.assertEqual(len(targets.read_progress()), count)

    @freeze_time("2026-01-15")
    def test_queries_do_not_grow(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.targets.search([]).mapped("gap")
            return self.env.cr.sql_log_count - before

        self.target()
        count()
        few = count()
        self.target(user_id=self.other.id)
        self.target(date_from="2026-02-01", date_to="2026-02-28")
        self.assertLessEqual(count(), few)
