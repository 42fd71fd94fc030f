from datetime import date

from lxml import etree
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..contact.common import ContactCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestDesk(ContactCommon):
    """The list of the day: who is on it, why, and in which order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["sale.collection.work.rule"]
        cls.rules.search([]).action_archive()
        cls.customer.user_id = cls.profile.user_id = cls.rep

    def rule(self, code, points=10, threshold=0.0, **values):
        return self.rules.create(
            {
                "name": code,
                "code": code,
                "points": points,
                "threshold": threshold,
                **values,
            }
        )

    def hits(self, profile=None):
        """Return {condition: (points, value)} of a profile as touched now."""
        self.env.cr.flush()
        profile = profile or self.profile
        profile._refresh_touched(profile.partner_id)
        rules = {rule.id: rule.code for rule in self.rules.search([])}
        found = {
            rules[rule_id]: (points, value)
            for rule_id, points, value in profile.work_hits or ()
        }
        self.assertEqual(profile.priority, sum(points for points, _ in found.values()))
        return found

    def talk(self, day, next_day=False, **values):
        with freeze_time(day):
            return self.env["sale.collection.contact"].create(
                {
                    "profile_id": self.profile.id,
                    "result": "reached",
                    "next_date": next_day,
                    **values,
                }
            )

    # === POINTS ===#

    def test_points_of_all_conditions_are_added_and_bands_count_once(self):
        self.rule("overdue_amount", 10, 1)
        self.rule("overdue_amount", 20, 800)
        self.rule("overdue_amount", 50, 5000)
        self.rule("silence", 5, 7)
        self.assertEqual(
            self.hits(), {"overdue_amount": (20, 1000.0), "silence": (5, 30.0)}
        )
        self.assertEqual(self.profile.priority, 25)
        self.assertIn("overdue_amount $ 1,000.00 <b>+20</b>", self.text())

    def text(self):
        return str(self.profile.work_reasons).replace("\N{NO-BREAK SPACE}", " ")

    def test_an_archived_rule_gives_no_points(self):
        rule = self.rule("overdue_amount", 10, 1)
        self.assertEqual(self.profile.priority, 10)
        rule.active = False
        self.assertEqual(self.profile.priority, 0)
        rule.active = True
        rule.points = 15
        self.assertEqual(self.profile.priority, 15)
        rule.unlink()
        self.assertEqual(self.profile.priority, 0)

    def test_what_is_promised_disputed_or_excluded_is_not_on_the_list(self):
        self.rule("overdue_amount", 10, 1)
        self.rule("silence", 5, 0)
        self.assertEqual(self.profile.priority, 15)
        dispute = self.create_dispute(400)
        self.assertEqual(self.hits()["overdue_amount"], (10, 600.0))
        self.create_dispute(600)
        self.assertEqual(self.hits(), {})
        dispute.action_reject()
        self.assertEqual(self.hits()["overdue_amount"], (10, 400.0))
        self.profile.write({"excluded": True, "excluded_reason": "Sister company"})
        self.assertEqual(self.hits(), {})

    # === TOLERANCE ===#

    def leave(self, rest):
        """Have the overdue invoice paid but for a rest, a promise broken before."""
        for code in ("overdue_amount", "silence", "promise_broken", "follow_up"):
            self.rule(code, 10, 0)
        self.rule("short_payment", 10, 0)
        with freeze_time("2026-02-10"):
            promise = self.env["sale.collection.promise"].create(
                {"profile_id": self.profile.id, "amount": 1000, "date": "2026-02-20"}
            )
            promise.action_open()
        self.talk("2026-02-10", "2026-02-27")
        promise._evaluate(date(2026, 3, 2))
        self.assertEqual(promise.state, "broken")
        self.pay(self.overdue, 1000 - rest, date="2026-03-02")

    def test_a_rest_of_a_cent_is_not_on_the_list(self):
        self.later.button_draft()
        self.leave(0.01)
        self.assertEqual(self.hits(), {})
        self.assertEqual(self.profile.amount_overdue, 0.01, "the ledger has it")
        self.company.collection_tolerance = 0
        self.assertEqual(
            set(self.hits()),
            {"overdue_amount", "silence", "short_payment", "promise_broken"}
            | {"follow_up"},
        )

    def test_a_rest_of_a_cent_hides_nothing_else(self):
        self.rule("big_due", 10, 400)
        self.pay(self.overdue, 999.99, date="2026-03-02")
        self.create_invoice(100000, "2026-03-01", "2026-03-05")
        self.assertEqual(self.hits(), {"big_due": (10, 100000.0)})
        self.assertEqual(self.profile.amount_collectable, 0.01)

    def test_a_rest_of_six_cents_is_on_the_list(self):
        self.leave(0.06)
        found = self.hits()
        self.assertEqual(found["overdue_amount"], (10, 0.06))
        self.assertEqual(found["short_payment"], (10, 0.06))
        self.assertEqual(found["silence"], (10, 20.0))

    def test_a_cent_left_after_a_promise_does_not_undo_it(self):
        self.rule("big_due", 10, 200)
        self.create_invoice(300, "2026-02-01", "2026-03-06")
        self.assertEqual(self.hits(), {"big_due": (10, 300.0)})
        promise = self.env["sale.collection.promise"].create(
            {"profile_id": self.profile.id, "amount": 999.99, "date": "2026-03-20"}
        )
        promise.action_open()
        self.assertEqual(self.hits(), {})
        self.assertEqual(self.profile.amount_collectable, 0.01)

    # === TALKS ===#

    def test_a_talk_closes_the_item_until_its_next_date(self):
        self.rule("overdue_amount", 10, 1)
        self.talk("2026-03-02", "2026-03-10")
        self.assertEqual(self.profile.priority, 0)
        self.assertEqual(self.profile.next_action_date, date(2026, 3, 10))
        with freeze_time("2026-03-09"):
            self.assertEqual(self.hits(), {})
        with freeze_time("2026-03-10"):
            self.assertEqual(self.hits(), {"overdue_amount": (10, 1000.0)})

    def test_a_talk_without_a_date_rests_three_days(self):
        self.rule("overdue_amount", 10, 1)
        self.talk("2026-03-02", result="paid_already")
        with freeze_time("2026-03-04"):
            self.assertEqual(self.hits(), {})
        with freeze_time("2026-03-05"):
            self.assertEqual(self.hits(), {"overdue_amount": (10, 1000.0)})

    def test_an_event_brings_the_customer_back_before_the_date(self):
        self.rule("overdue_amount", 10, 1)
        self.rule("dispute_late", 15, 1)
        self.create_dispute(300, deadline="2026-03-05")
        self.talk("2026-03-02", "2026-03-20")
        with freeze_time("2026-03-05"):
            self.assertEqual(self.hits(), {})
        with freeze_time("2026-03-07"):
            self.assertEqual(
                self.hits(),
                {"overdue_amount": (10, 700.0), "dispute_late": (15, 2.0)},
            )
        self.talk("2026-03-07", "2026-03-20")
        with freeze_time("2026-03-08"):
            self.assertEqual(self.hits(), {})

    def test_nobody_answering_answers_nothing(self):
        self.rule("overdue_amount", 10, 1)
        self.rule("dispute_late", 15, 1)
        self.create_dispute(300, deadline="2026-03-02")
        self.talk("2026-03-04", "2026-03-05", result="no_answer")
        with freeze_time("2026-03-04"):
            self.assertEqual(self.hits(), {})
        with freeze_time("2026-03-05"):
            self.assertEqual(set(self.hits()), {"overdue_amount", "dispute_late"})
        self.talk("2026-03-05", "2026-03-06")
        with freeze_time("2026-03-06"):
            self.assertEqual(set(self.hits()), {"overdue_amount"})

    def test_a_corrected_result_answers(self):
        self.rule("dispute_late", 15, 1)
        self.create_dispute(300, deadline="2026-03-02")
        talk = self.talk("2026-03-04", "2026-03-05", result="no_answer")
        with freeze_time("2026-03-05"):
            self.assertEqual(set(self.hits()), {"dispute_late"})
            talk.result = "reached"
            self.assertEqual(self.profile.priority, 0)

    def test_save_and_next_asks_for_the_statement_first(self):
        logs = self.env["sale.collection.contact.log"].with_user(self.rep)
        talk = {"type": "call", "result": "paid_already"}
        talk["profile_id"] = self.profile.id
        action = logs.create(talk).action_save_next()
        self.assertEqual(action["tag"], "sale_collection_next")
        action = logs.create({**talk, "wants_statement": True}).action_save_next()
        self.assertEqual(action["res_model"], "sale.collection.statement")

    def test_the_day_agreed_on_is_a_reason_to_call(self):
        self.rule("follow_up", 25)
        self.talk("2026-03-02", "2026-03-10")
        with freeze_time("2026-03-10"):
            self.assertEqual(self.hits(), {"follow_up": (25, 0.0)})
            self.assertIn(">follow_up <b>+25</b>", self.text())
        with freeze_time("2026-03-12"):
            self.assertEqual(self.hits(), {"follow_up": (25, 2.0)})
            self.assertIn(">follow_up 2 days <b>+25</b>", self.text())
        self.talk("2026-03-12", result="paid_already")
        with freeze_time("2026-03-20"):
            self.assertEqual(self.hits(), {})
        self.talk("2026-03-20", "2026-03-21")
        self.pay(self.overdue | self.later, date="2026-03-20")
        with freeze_time("2026-03-21"):
            self.assertEqual(self.hits(), {})

    # === CONDITIONS ===#

    def test_promises(self):
        self.rule("promise_due", 15)
        self.rule("promise_broken", 30)
        promise = self.env["sale.collection.promise"].create(
            {"profile_id": self.profile.id, "date": "2026-03-10", "grace_days": 3}
        )
        promise.action_open()
        self.assertEqual(self.hits(), {})
        for day in ("2026-03-09", "2026-03-10"):
            with freeze_time(day):
                self.assertEqual(self.hits(), {"promise_due": (15, 1000.0)})
        with freeze_time("2026-03-14"):
            promise._evaluate()
            self.assertEqual(self.hits(), {"promise_broken": (30, 1000.0)})
        with freeze_time("2026-04-20"):
            self.assertEqual(self.hits(), {})

    def test_short_payment(self):
        self.rule("short_payment", 10, 1)
        self.company.collection_tail_percent = 2
        self.pay(self.overdue, 990, date="2026-03-01")
        self.assertEqual(self.hits(), {"short_payment": (10, 10.0)})
        with freeze_time("2026-03-16"):
            self.assertEqual(self.hits(), {})

    def test_what_falls_due_within_a_week(self):
        self.rule("big_due", 10, 400)
        self.rule("first_invoice", 5, 1)
        self.assertEqual(self.hits(), {})
        with freeze_time("2026-04-23"):
            self.assertEqual(
                self.hits(),
                {"big_due": (10, 500.0), "first_invoice": (5, 500.0)},
            )
        self.talk("2026-04-24", result="paid_already")
        with freeze_time("2026-04-28"):
            self.assertEqual(self.hits(), {})

    def test_credit(self):
        self.rule("near_limit", 5, 80)
        self.rule("over_limit", 20)
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 1200
        self.profile.credit_policy = "limit"
        self.assertEqual(self.hits(), {})  # over it, but no order
        product = self.env["product.product"].sudo().create({"name": "Service"})
        self.env["sale.order"].sudo().create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": 10})],
            }
        )
        self.assertEqual(self.hits(), {"over_limit": (20, 300.0)})

    def test_bounced(self):
        self.rule("bounced", 40)
        payment = self.pay(self.overdue, date="2026-02-20")
        self.assertEqual(self.hits(), {})
        self.env["sale.collection.bounce"]._bounce(
            payment, date(2026, 3, 1), "funds", "by the bank", 5.0
        )
        self.assertEqual(self.hits(), {"bounced": (40, 1000.0)})
        with freeze_time("2026-05-20"):  # still owed
            self.assertEqual(self.hits(), {"bounced": (40, 1000.0)})
            self.pay(self.overdue | self.later, date="2026-05-20")
            self.assertEqual(self.hits(), {})

    def test_habits(self):
        self.rule("likely_late", 5, 60)
        self.rule("near_limit", 5, 80)
        self.pay(self.overdue, date="2026-01-31")
        for month in range(8, 13):
            invoice = self.create_invoice(100, "2025-08-01", f"2025-{month:02}-20")
            self.pay(invoice, date=f"2025-{month:02}-{'28' if month < 12 else '10'}")
        with freeze_time("2026-04-25"):
            self.assertEqual(self.hits(), {"likely_late": (5, 66.67)})

    def test_near_the_limit_and_pays_in_time(self):
        self.rule("near_limit", 5, 80)
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 600
        self.pay(self.overdue, date="2026-01-20")
        for month in range(8, 13):
            invoice = self.create_invoice(100, "2025-08-01", f"2025-{month:02}-20")
            self.pay(invoice, date=f"2025-{month:02}-18")
        self.assertEqual(self.hits(), {"near_limit": (5, 83.33)})
        self.customer.credit_limit = 700
        self.assertEqual(self.hits(), {})

    def test_review(self):
        self.rule("review_expiring", 5)
        review = self.env["sale.collection.review"].create(
            {"partner_id": self.customer.id}
        )
        review.sudo().write({"state": "approved", "valid_until": "2026-04-20"})
        self.assertEqual(self.hits(), {})
        with freeze_time("2026-03-25"):
            self.assertEqual(self.hits(), {"review_expiring": (5, 26.0)})

    # === WHO SEES IT ===#

    def test_mine_and_substitute(self):
        self.rule("overdue_amount", 10, 1)
        profiles = self.env["sale.collection.profile"]
        mine = [("priority", ">", 0), ("is_my_work", "=", True)]
        self.assertEqual(profiles.with_user(self.rep).search(mine), self.profile)
        self.assertFalse(profiles.with_user(self.peer).search(mine))
        self.rep.with_user(self.rep).write(
            {
                "collection_substitute_id": self.peer.id,
                "collection_absent_until": "2026-03-10",
            }
        )
        seen = profiles.with_user(self.peer).search(mine)
        self.assertEqual(seen, self.profile)
        self.assertEqual(seen.call_name, False)
        talk = seen.contact_ids.create(
            {"profile_id": seen.id, "result": "reached", "next_date": "2026-03-09"}
        )
        self.assertEqual(talk.user_id, self.peer)
        self.assertEqual(seen.priority, 0)
        talk.sudo().unlink()
        self.profile._rank_work()
        with freeze_time("2026-03-11"):
            self.env.invalidate_all()
            self.assertFalse(profiles.with_user(self.peer).search(mine))
        with self.assertRefused("choose somebody else"):
            self.peer.with_user(self.peer).collection_substitute_id = self.peer

    def test_whom_to_call(self):
        self.customer.phone = "+1 555 0100"
        clerk, boss = self.env["res.partner"].create(
            [
                {"name": "Clerk", "email": "clerk@x.com", "parent_id": owner.id}
                for owner in (self.customer, self.customer)
            ]
        )
        roles = self.env["sale.collection.contact.role"]
        roles.create(
            [
                {"customer_id": self.customer.id, "contact_id": who.id, "role": role}
                for who, role in ((boss, "finance"), (clerk, "handler"))
            ]
        )
        profile = self.profile.with_user(self.rep)
        self.assertEqual(profile.call_id, clerk)
        self.assertEqual(
            (profile.call_name, profile.call_phone, profile.call_email),
            ("Clerk", "+1 555 0100", "clerk@x.com"),
        )

    def test_team(self):
        self.rule("overdue_amount", 10, 1)
        self.env["crm.team"].sudo().create(
            {
                "name": "East",
                "user_id": self.controller.id,
                "member_ids": [(6, 0, [self.rep.id])],
            }
        )
        profiles = self.env["sale.collection.profile"].with_user(self.controller)
        team = [("is_team_work", "=", True)]
        self.assertEqual(profiles.search(team), self.profile)
        self.assertFalse(profiles.search([("is_my_work", "=", True)]))
        self.assertTrue(self.profile.with_user(self.controller).is_team_work)

    def test_lists_are_searched_by_rule(self):
        rule = self.rule("overdue_amount", 10, 1)
        other = self.rule("bounced", 10)
        profiles = self.env["sale.collection.profile"].with_user(self.rep)
        for domain, expected in (
            ([("work_rule_ids", "in", rule.ids)], self.profile),
            ([("work_rule_ids", "in", other.ids)], profiles),
            ([("work_rule_ids.code", "=", "overdue_amount")], self.profile),
            ([("work_rule_ids.code", "=", "bounced")], profiles),
            ([("work_rule_ids", "ilike", "overdue")], self.profile),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(profiles.search(domain), expected)
        self.assertEqual(self.profile.with_user(self.rep).work_rule_ids, rule)

    def test_next_customer(self):
        self.rule("overdue_amount", 10, 1)
        self.rule("overdue_amount", 20, 1500)
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "user_id": self.rep.id} for number in "AB"]
        )
        for partner, amount in zip(partners, (2000, 500), strict=True):
            self.create_invoice(amount, "2026-01-01", "2026-01-31", partner)
        profiles = self.env["sale.collection.profile"]
        first, last = profiles._refresh_touched(partners)
        middle = self.profile
        Desk = profiles.with_user(self.rep)
        listed = Desk.search(
            [("priority", ">", 0)], order="priority desc, amount_overdue desc"
        )
        self.assertEqual(listed.ids, [first.id, middle.id, last.id])
        self.assertEqual(Desk.get_next_work(first.id, listed.ids), middle.id)
        self.assertEqual(Desk.get_next_work(last.id, listed.ids), first.id)
        self.talk("2026-03-02", "2026-03-10")
        self.assertEqual(Desk.get_next_work(first.id, listed.ids), last.id)
        # opened by its address: the user's own list
        self.assertEqual(Desk.get_next_work(middle.id, [middle.id]), first.id)
        profiles.with_user(self.peer)
        self.assertFalse(
            profiles.with_user(self.peer).get_next_work(middle.id, listed.ids)
        )
        (first | last).sudo().write({"excluded": True, "excluded_reason": "Sold"})
        profiles._refresh_touched(partners)
        self.assertFalse(Desk.get_next_work(middle.id, listed.ids))

    def test_only_code_writes_the_order(self):
        self.rule("overdue_amount", 10, 1)
        with self.assertRefused("priority|Priority|Collection", AccessError):
            self.profile.with_user(self.rep).write({"priority": 0})
        self.assertEqual(self.profile.priority, 10)

    def test_rules_are_checked(self):
        with self.assertRefused("Points: choose"):
            self.rule("overdue_amount", 5000)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.rule("overdue_amount", 10, -1)

    # === COMPANIES ===#

    def test_each_company_has_its_own_list(self):
        other = self.setup_other_company()["company"]
        ours = self.rule("overdue_amount", 10, 1, company_id=self.company.id)
        self.rule("overdue_amount", 70, 1, company_id=other.id)
        self.assertEqual(self.profile.priority, 10)
        theirs = (
            self.env["sale.collection.profile"]
            .with_company(other)
            ._for(self.customer)
            .sudo()
        )
        theirs._refresh_touched(self.customer)
        self.assertEqual(theirs.priority, 0)  # owes nothing there
        self.talk("2026-03-02", "2026-03-10")
        theirs.with_company(other)._rank_work()
        self.assertEqual((self.profile.priority, theirs.priority), (0, 0))
        seen = self.rules.with_user(self.rep).search([])
        self.assertEqual(seen, ours)

    def test_a_rule_given_to_another_company_leaves_this_one(self):
        other = self.setup_other_company()["company"]
        rule = self.rule("overdue_amount", 10, 1, company_id=self.company.id)
        self.assertEqual(self.profile.priority, 10)
        rule.company_id = other
        self.assertEqual(self.profile.priority, 0)

    # === SIZE ===#

    def test_the_number_of_queries_does_not_grow(self):
        for code in ("overdue_amount", "silence", "big_due", "bounced"):
            self.rule(code, 10)
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )
        for partner in partners:
            self.create_invoice(100, "2026-01-01", "2026-01-31", partner)
        profiles = self.env["sale.collection.profile"]._for(partners)
        profiles._refresh()
        counts = []
        for some in (profiles[:2], profiles):
            some.sudo().write({"work_hits": False, "priority": 0})
            self.env.flush_all()
            before = self.cr.sql_log_count
            some._rank_work()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(set(some.mapped("priority")), {20})
        self.assertEqual(counts[0], counts[1])

    def test_listing_asks_as_much_of_two_as_of_twelve(self):
        for code in ("overdue_amount", "silence"):
            self.rule(code, 10)
        partners = self.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "user_id": self.rep.id}
                for number in range(12)
            ]
        )
        for partner in partners:
            self.create_invoice(100, "2026-01-01", "2026-01-31", partner)
        profiles = self.env["sale.collection.profile"]._refresh_touched(partners)
        self.env["sale.collection.contact"].create(
            [
                {"profile_id": profile.id, "result": "paid_already"}
                for profile in profiles[:4]
            ]
        )
        self.env.flush_all()
        arch = self.env.ref("sale_collection.work_view_list").arch
        model = self.env["sale.collection.profile"].with_user(self.rep)
        names = etree.fromstring(arch).xpath("//field/@name")
        specification = {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].type == "many2one"
            else {}
            for name in names
        }
        counts = []
        # the first time fills what is kept between calls
        for some in (profiles[:6], profiles[:6], profiles):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            model.web_search_read([("id", "in", some.ids)], specification)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
