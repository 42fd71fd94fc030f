import re
from itertools import chain

from lxml import etree

from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .test_target_gap import USER, GapCommon

SUM_OF_REPS = re.compile(r"sum\(+own\w*\.amount")


@tagged("post_install", "-at_install")
class TestTargetTotal(GapCommon):
    """Targets of reps are parts of their team's; totals count each amount once."""

    def total(self, groupby, env=None, *, screen=False):
        """Return totals, of all there is or of what the screen shows at first."""
        if not screen:
            return super().total(groupby, env)
        view = self.env.ref("sale_collection_insight.target_customer_view_search")
        filters = etree.fromstring(view.arch)
        action = self.env.ref("sale_collection_insight.target_customer_action")
        shown = Domain.AND(
            safe_eval(filters.find(f".//filter[@name='{name[15:]}']").get("domain"))
            for name in safe_eval(action.context)
        )
        return super().total(groupby, env, shown)

    def set_target(self, amount, **values):
        march = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
        return self.targets.create({**march, "amount": amount, **values})

    def test_reps_and_the_rest_add_up_to_team_and_company(self):
        south = self.env["crm.team"].sudo().create({"name": "South"})
        self.set_target(1000, user_id=self.peer.id)
        north = self.set_target(900_000, team_id=self.team.id)
        self.set_target(50, team_id=south.id)
        self.promise_it()
        wanted = (300_000, 200_000, 100_000)
        nobody = self.env["res.users"]
        self.assertEqual(
            self.total("user_id"),
            {
                self.rep: wanted,
                self.peer: (1000, 0, 1000),
                nobody: (599_050, 0, 599_050),
            },
        )
        self.assertEqual(
            self.total("part"),
            {
                "rep": (301_000, 200_000, 101_000),
                "rest": (599_000, 0, 599_000),
                "team": (50, 0, 50),
            },
        )
        whole = (900_000, 200_000, 700_000)
        self.assertEqual(self.total("team_id"), {self.team: whole, south: (50, 0, 50)})
        self.assertEqual(
            self.total("company_id"), {self.company: (900_050, 200_000, 700_050)}
        )
        self.assertFigures(north, amount=900_000, gap_promised=700_000)

    def test_reps_who_have_more_than_their_team_count_in_full(self):
        team = self.set_target(300_000, team_id=self.team.id)
        self.assertEqual(self.total("part")["rest"], (0, 0, 0))
        self.assertEqual(self.total("company_id")[self.company][0], 300_000)
        team.amount = 200_000
        self.assertEqual(self.total("part")["rest"], (0, 0, 0))
        self.assertEqual(self.total("company_id")[self.company][0], 300_000)

    def test_rep_with_two_periods_in_that_of_the_team(self):
        self.target.date_to = "2026-03-15"
        late = {"date_from": "2026-03-16", "date_to": "2026-03-31"}
        self.set_target(100_000, user_id=self.rep.id, **late)
        self.set_target(1_000_000, team_id=self.team.id)
        self.promise_it()
        self.assertEqual(
            self.total("user_id"),
            {
                self.rep: (400_000, 200_000, 200_000),
                self.env["res.users"]: (600_000, 0, 600_000),
            },
        )

    def test_longer_period_of_a_rep_counts_by_its_days(self):
        self.target.write({"date_from": "2026-03-02", "date_to": "2026-04-30"})
        self.set_target(400_000, team_id=self.team.id)
        april = {"date_from": "2026-04-01", "date_to": "2026-04-30"}
        self.set_target(100_000, team_id=self.team.id, **april)
        # 30 of 60 days in either month: 250,000 and, of more than there is, nothing
        self.assertEqual(self.total("part")["rest"][0], 250_000)

    def test_total_of_today_has_what_is_over_in_the_period_of_the_team(self):
        self.target.unlink()
        for number in range(1, 4):
            month = {"date_from": f"2026-0{number}-01", "date_to": f"2026-0{number}-28"}
            self.set_target(100, user_id=self.rep.id, **month)
        first = {"date_from": "2025-12-01", "date_to": "2026-03-31"}
        old = {"date_from": "2025-10-01", "date_to": "2025-11-30"}
        self.set_target(900, team_id=self.team.id, **first)
        self.set_target(5000, team_id=self.team.id, **old)
        self.set_target(5000, user_id=self.rep.id, **old)
        stranger = self.new_user("gap stranger", USER)
        self.set_target(70, user_id=stranger.id)
        self.set_target(5000, user_id=stranger.id, **old)
        self.assertEqual(
            {part: row[0] for part, row in self.total("part", screen=True).items()},
            {"rep": 370, "rest": 600},
        )
        found = self.total("user_id", screen=True)
        self.assertEqual((found[self.rep][0], found[stranger][0]), (300, 70))

    def test_money_without_a_target_of_a_rep_is_in_the_rest_once(self):
        south = self.env["crm.team"].sudo().create({"name": "South"})
        self.set_target(400_000, team_id=self.team.id)
        self.set_target(70_000, team_id=south.id)
        other = self.env["res.partner"].create({"name": "Customer B"})
        self.pay(self.sell(4000, "2026-03-05", other, self.peer), 600, "2026-03-02")
        # Sold by the rep of North for South: it is in the target of the rep
        mixed = self.sell(900, "2026-03-05", other)
        mixed.team_id = south
        self.pay(mixed, 500, "2026-03-02")
        self.promise_it()
        found = self.env["sale.collection.target.customer"]._read_group(
            [("part", "!=", "whole")],
            ["part"],
            [f"{name}:sum" for name in ("due", "collected", "promised", "expected")],
        )
        self.assertEqual(
            {part: tuple(figures) for part, *figures in found},
            {
                "rep": (900, 500, 200_000, 150_000),
                "team": (0, 0, 0, 0),
                "rest": (4000, 600, 0, 0),
            },
        )
        self.assertEqual(
            self.total("company_id"), {self.company: (470_000, 200_000, 268_900)}
        )

    def test_customers_of_a_team_without_targets_of_reps_stay_by_name(self):
        self.target.unlink()
        whole = self.set_target(900, team_id=self.team.id)
        whole.line_ids = [
            Command.create({"partner_id": self.customer.id, "amount": 700})
        ]
        nobody = self.env["res.partner"]
        amounts = {key: row[0] for key, row in self.total("partner_id").items()}
        self.assertEqual(amounts, {self.customer: 700, nobody: 200})
        self.set_target(500, user_id=self.rep.id)
        amounts = {key: row[0] for key, row in self.total("partner_id").items()}
        self.assertEqual(amounts, {nobody: 900})
        self.assertEqual(sorted(whole.line_ids.mapped("amount")), [200, 700])

    def test_customer_of_a_rep_whose_target_is_yet_to_begin(self):
        april = {"date_from": "2026-04-01", "date_to": "2026-04-30"}
        self.target.write(april)
        before = self.set_target(900_000, team_id=self.team.id)
        same = self.set_target(900_000, team_id=self.team.id, **april)
        self.refresh()
        rows = self.env["sale.collection.target.customer"].search(
            [("part", "!=", "whole"), ("partner_id", "=", self.customer.id)]
        )
        found = {row.target_id: row.collectable for row in rows if row.collectable}
        self.assertEqual(found, {before: 500_000, self.target: 500_000})
        self.assertEqual(same.customer_ids.collectable, 500_000)

    def test_rest_of_a_team_is_read_by_its_leader(self):
        [leader] = self.new_users("gap", leader=USER)
        self.team.user_id = leader
        self.set_target(1000, user_id=self.peer.id)
        self.set_target(900_000, team_id=self.team.id)
        found = self.total("part", self.env(user=self.rep))
        self.assertEqual(found, {"rep": (300_000, 0, 300_000)})
        found = self.total("part", self.env(user=leader))
        self.assertEqual(found["rest"], (599_000, 0, 599_000))

    def test_an_update_brings_the_rules_of_totals(self):
        for name in ("rule_target_customer_own", "rule_target_customer_all"):
            rule = self.env.ref(f"sale_collection_insight.{name}").sudo()
            self.assertIn("'rest'", rule.domain_force)
            kept = (
                self.env["ir.model.data"]
                .sudo()
                .search([("model", "=", "ir.rule"), ("res_id", "=", rule.id)])
            )
            self.assertEqual(kept.mapped("noupdate"), [False])

    def test_what_reps_have_is_summed_once_for_each_target(self):
        self.set_target(400_000, team_id=self.team.id)
        for number in range(4):
            other = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.pay(self.sell(4000, "2026-03-05", other), 600, "2026-03-02")
        rows = self.env["sale.collection.target.customer"]
        query = rows._search([("part", "!=", "whole")])
        self.env.flush_all()
        self.assertGreater(rows.search_count([("part", "!=", "whole")]), 4)
        [[[plan]]] = self.env.execute_query(
            SQL("EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) %s", query.select())
        )
        times = sum(
            node["Actual Loops"]
            for node in walk(plan["Plan"])
            if SUM_OF_REPS.search(" ".join(node.get("Output", ())))
        )
        self.assertTrue(times)
        self.assertLessEqual(times, self.targets.search_count([]))


def walk(node):
    """Return a node of a plan of a query with all nodes below it."""
    below = (walk(one) for one in node.get("Plans", ()))
    return [node, *chain.from_iterable(below)]
