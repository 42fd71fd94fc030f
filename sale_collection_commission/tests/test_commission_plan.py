from contextlib import contextmanager
from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import new_test_user

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionPlan(CommissionCommon):
    def steps(self, *pairs, names=("lower", "percent")):
        return [Command.create(dict(zip(names, pair, strict=True))) for pair in pairs]

    def paid(self, amount, day="2026-01-20", rep=None, **values):
        invoice = self.sell(amount, rep, **values)
        self.pay(invoice, date=day)
        return invoice

    # === TIERS, TARGETS, CAPS ===#

    def test_tiers_on_the_collected(self):
        self.plan.write(
            {
                "rate_ids": [Command.clear()],
                "tier_ids": self.steps((0, 5), (100, 8)),
            }
        )
        self.paid(60), self.paid(90)
        self.assertEqual(self.by_kind(today="2026-01-31"), {})
        self.assertEqual(self.by_kind(today="2026-02-01"), {"tier": 9.0})
        tier = self.entries.search([("kind", "=", "tier")])
        self.assertEqual(str(tier.date), "2026-01-31")
        self.assertEqual(tier.base_amount, 150)
        self.assertIn("100.00 x 5 % + 50.00 x 8 %", tier.explanation)

    def test_flat_tiers_follow_money_undone_later(self):
        self.plan.write(
            {
                "rate_ids": [Command.clear()],
                "tier_ids": self.steps((0, 5), (100, 8)),
                "tier_mode": "flat",
            }
        )
        self.paid(60)
        late = self.sell(90)
        payment = self.pay(late, date="2026-01-21")
        self.assertEqual(self.by_kind(today="2026-02-01"), {"tier": 12.0})
        payment.action_draft()
        self.assertEqual(self.by_kind(today="2026-02-02"), {"tier": 3.0})
        payment.action_post()
        self.assertEqual(self.by_kind(today="2026-02-03"), {"tier": 12.0})

    def target(self, amount, **values):
        return self.env["sale.collection.target"].create(
            {
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "amount": amount,
                **values,
            }
        )

    def test_tiers_on_the_target(self):
        self.plan.write(
            {
                "rate_ids": [Command.clear()],
                "tier_ids": self.steps((0, 5), (100, 8)),
                "tier_basis": "attainment",
            }
        )
        target = self.target(100, user_id=self.rep.id)
        self.paid(150)
        self.paid(150, rep=self.other_rep)
        self.assertEqual(self.by_kind(today="2026-02-01"), {"tier": 9.0})
        # without a target only the first tier is reached
        self.assertEqual(
            self.by_kind(self.other_rep, today="2026-02-01"), {"tier": 7.5}
        )
        self.assertEqual(
            (target.collected, target.attainment, target.gap), (150, 150, 0)
        )

    def test_target_of_the_team(self):
        team = self.env["crm.team"].sudo().create({"name": "North"})
        team.member_ids = self.rep | self.other_rep
        self.plan.write(
            {
                "rate_ids": [Command.clear()],
                "tier_ids": self.steps((100, 10)),
                "tier_basis": "attainment",
                "tier_mode": "flat",
            }
        )
        target = self.target(200, team_id=team.id)
        self.paid(150, team_id=team.id)
        self.paid(50, rep=self.other_rep, team_id=team.id)
        self.assertEqual(self.by_kind(today="2026-02-01"), {"tier": 15.0})
        self.assertEqual(target.collected, 200)

    def test_cap(self):
        self.plan.cap_amount = 50
        self.paid(300)
        self.assertEqual(self.by_kind(today="2026-01-21"), {"accrual": 30.0})
        self.paid(400)
        self.assertEqual(
            self.by_kind(today="2026-01-22"), {"accrual": 70.0, "cap": -20.0}
        )
        self.paid(400, "2026-02-02")
        self.assertEqual(
            self.by_kind(today="2026-02-03"), {"accrual": 110.0, "cap": -20.0}
        )

    # === MANAGERS, COLLECTORS, LOSSES ===#

    def test_manager_override(self):
        team = (
            self.env["crm.team"]
            .sudo()
            .create({"name": "North", "user_id": self.other_rep.id})
        )
        names = ("percent", "basis")
        self.plan.override_ids = self.steps((2, "base"), names=names)
        self.paid(1000, "2026-02-15", team_id=team.id)  # 10 days late: 0.8
        self.paid(1000, rep=self.other_rep, team_id=team.id)  # his own: none
        self.assertEqual(self.by_kind(), {"accrual": 80.0})
        self.assertEqual(
            self.by_kind(self.other_rep), {"override": 16.0, "accrual": 100.0}
        )

    def test_override_on_the_commission(self):
        values = {"user_id": self.other_rep.id, "percent": 20, "basis": "commission"}
        self.plan.override_ids = [Command.create(values)]
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-20")
        self.assertEqual(self.by_kind(self.other_rep), {"override": 20.0})
        payment.action_draft()
        self.assertEqual(self.by_kind(self.other_rep), {})

    def test_bounty_for_the_collector_of_old_debt(self):
        self.plan.write({"bounty_percent": 3, "bounty_days": 60})
        profile = self.env["sale.collection.profile"]._for(self.customer)
        profile.user_id = self.other_rep
        self.paid(1000, "2026-02-15")
        self.assertEqual(self.by_kind(self.other_rep), {})
        self.paid(1000, "2026-05-15")
        self.assertEqual(self.by_kind(self.other_rep), {"bounty": 30.0})
        self.paid(1000, "2026-05-15", rep=self.other_rep)
        self.assertEqual(self.by_kind(self.other_rep), {"bounty": 30.0})

    def test_bad_debt_charge(self):
        self.plan.write({"loss_percent": 5, "loss_from": 100})
        expense = self.company_data["default_account_expense"]
        invoice = self.sell(1000)
        entry = self.create_entry([(expense, 400), (self.receivable, -400)])
        self.match(invoice, entry)
        self.assertKinds(invoice, {"write_off": 400.0})
        self.assertEqual(self.by_kind(), {"loss": -20.0})
        self.receivable_lines(invoice).remove_move_reconcile()
        self.assertEqual(self.by_kind(), {})
        small = self.sell(50)
        entry = self.create_entry([(expense, 50), (self.receivable, -50)])
        self.match(small, entry)
        self.assertEqual(self.by_kind(), {})

    # === ADVANCES ===#

    def advance(self):
        self.plan.write({"advance_percent": 50, "claw_back_days": 30})

    def test_advance_is_set_off(self):
        self.advance()
        invoice = self.sell(1000)  # due on 31 January
        self.assertEqual(self.by_kind(today="2026-01-02"), {"advance": 50.0})
        self.pay(invoice, 400, "2026-01-20")
        self.pay(invoice, 600, "2026-03-17")  # judged 40 late: 0.5
        self.assertEqual(
            self.by_kind(today="2026-03-17"), {"advance": 50.0, "accrual": 20.0}
        )

    def test_advance_taken_back_and_given_back(self):
        self.advance()
        invoice = self.sell(1000)
        self.assertEqual(self.by_kind(today="2026-03-02"), {"advance": 50.0})
        self.assertEqual(
            self.by_kind(today="2026-03-03"), {"advance": 50.0, "claw_back": -50.0}
        )
        payment = self.pay(invoice, 400, "2026-03-17")
        back = {"advance": 50.0, "claw_back": -50.0, "give_back": 20.0}
        self.assertEqual(self.by_kind(today="2026-03-18"), back)
        self.assertEqual(sum(back.values()), 1000 * 0.4 * 0.1 * 0.5)
        payment.action_draft()
        self.assertEqual(sum(self.by_kind(today="2026-03-19").values()), 0.0)

    def test_advance_on_what_is_credited_is_taken_back(self):
        self.advance()
        invoice = self.sell(1000)
        self.book("2026-01-02")
        self.match(invoice, self.sell(200, move_type="out_refund"))
        kinds = {"advance": 50.0, "claw_back": -10.0}
        self.assertEqual(self.by_kind(today="2026-01-03"), kinds)
        self.pay(invoice, date="2026-01-20")
        self.assertEqual(sum(self.by_kind(today="2026-01-21").values()), 80.0)

    def test_advance_on_a_drafted_invoice_is_taken_back(self):
        self.advance()
        invoice = self.sell(1000)
        self.book("2026-01-02")
        invoice.button_draft()
        self.assertEqual(self.by_kind(today="2026-01-03"), {})
        invoice.action_post()
        self.assertEqual(self.by_kind(today="2026-01-04"), {"advance": 50.0})
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self.by_kind(today="2026-01-05"), {})

    # === CLEARED MONEY ===#

    def use_outstanding_account(self):
        account = self.env["account.account"].create(
            {
                "name": "Outstanding",
                "code": "101998",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        methods = self.bank_journal.inbound_payment_method_line_ids
        methods.payment_account_id = account
        return account

    def test_money_counts_when_the_bank_has_seen_it(self):
        account = self.use_outstanding_account()
        self.plan.clearing = "cleared"
        invoice = self.paid(1000)
        self.assertEqual(self.by_kind(), {})
        gaps = self.env["sale.collection.commission.gap"].search([])
        self.assertEqual(gaps.mapped("reason"), ["not_cleared"])
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-01-25",
                "amount": 1000,
                "partner_id": self.customer.id,
            }
        )
        __, suspense, __ = line._seek_for_lines()
        suspense.account_id = account
        payment_lines = invoice.matched_payment_ids.move_id.line_ids
        both = payment_lines.filtered(lambda own: own.account_id == account) | suspense
        both.reconcile()
        self.assertEqual(self.by_kind(), {"accrual": 100.0})
        self.assertFalse(gaps.exists())
        entry = self.entries.search([("move_ref", "=", invoice.id)])
        self.assertEqual(str(entry.date), "2026-01-20")
        both.remove_move_reconcile()
        self.assertEqual(self.by_kind(), {})

    def test_waiting_money_is_not_judged_anew_each_night(self):
        self.use_outstanding_account()
        self.plan.clearing = "cleared"
        self.paid(1000)
        self.book()
        facts = self.env["sale.collection.commission.facts"]
        self.assertEqual(facts._get_fresh_receipts(), {})
        self.plan.clearing = "booked"
        self.assertEqual(self.by_kind(), {"accrual": 100.0})

    def test_a_bill_counts_at_maturity_and_safety_days(self):
        self.use_outstanding_account()
        form = {"journal_id": self.bank_journal.id, "matures": True, "term_days": 90}
        self.plan.write(
            {
                "clearing": "cleared",
                "safety_days": 10,
                "form_ids": [Command.create(form)],
            }
        )
        self.paid(1000)
        self.assertEqual(self.by_kind(today="2026-04-29"), {})
        self.assertEqual(self.by_kind(today="2026-04-30"), {"accrual": 100.0})
        self.assertEqual(self.by_kind(today="2026-05-01"), {"accrual": 100.0})

    def test_payment_form(self):
        cash = self.company_data["default_journal_cash"]
        form = {"journal_id": cash.id, "factor": 0.5}
        self.plan.form_ids = [Command.create(form)]
        invoice = self.sell(1000)
        self.pay(invoice, 400, "2026-01-20", journal_id=cash.id)
        self.pay(invoice, 600, "2026-01-20")
        self.assertEqual(self.earned(invoice), [20.0, 60.0])

    # === MATCHING, AND WHO HAS NOTHING ===#

    def rates(self, *rates):
        self.plan.rate_ids = [Command.clear(), *map(Command.create, rates)]

    def test_first_order_new_and_existing_customer(self):
        self.rates(
            {"percent": 8, "customer": "first"},
            {"percent": 6, "customer": "new"},
            {"percent": 5},
        )
        days = ("2026-01-01", "2026-02-01", "2027-02-01")
        moves = [self.sell(100, date=day, due=day) for day in days]
        for move, day in zip(moves, days, strict=True):
            self.pay(move, date=day)
        earned = [self.earned(move, today="2027-02-01") for move in moves]
        self.assertEqual(earned, [[8.0], [6.0], [5.0]])

    def test_customer_known_from_a_past_system_is_not_new(self):
        self.rates({"percent": 8, "customer": "new"}, {"percent": 5})
        self.env["sale.collection.history"].create(
            {
                "partner_id": self.customer.id,
                "invoice_ref": "A1",
                "invoice_date": "2020-01-01",
                "due_date": "2020-01-31",
                "paid_date": "2020-01-31",
                "amount": 1,
            }
        )
        self.assertEqual(self.earned(self.paid(100)), [5.0])

    def test_all_invoices_of_the_first_order_count(self):
        self.rates({"percent": 8, "customer": "first"}, {"percent": 5})
        product = self.env["product.product"].create(
            {"name": "Goods", "invoice_policy": "order", "taxes_id": False}
        )
        orders = (
            self.env["sale.order"]
            .sudo()
            .create(
                [
                    {
                        "partner_id": self.customer.id,
                        "user_id": self.rep.id,
                        "date_order": day,
                        "order_line": [
                            Command.create(
                                {
                                    "product_id": product.id,
                                    "price_unit": 100,
                                    "tax_ids": False,
                                }
                            )
                        ],
                    }
                    for day in ("2026-01-01", "2026-01-02")
                ]
            )
        )
        orders.action_confirm()
        orders[0].date_order, orders[1].date_order = "2026-01-01", "2026-01-02"
        moves = [order._create_invoices() for order in (orders[1], orders[0])]
        for move, day in zip(moves, ("2026-01-05", "2026-01-09"), strict=True):
            move.write({"invoice_date": day, "invoice_date_due": day})
            move.action_post()
            self.pay(move, date=day)
        self.assertEqual([self.earned(move) for move in moves], [[5.0], [8.0]])

    def test_rates_by_team_tag_grade_and_category(self):
        tag = self.env["res.partner.category"].create({"name": "Key"})
        team = self.env["crm.team"].sudo().create({"name": "North"})
        category = self.env["product.category"].create({"name": "Tools"})
        child = category.create({"name": "Saws", "parent_id": category.id})
        product = self.env["product.product"].create(
            {"name": "Saw", "categ_id": child.id, "taxes_id": False}
        )
        grade = self.env["sale.collection.grade"].search([], limit=1)
        self.rates(
            {"percent": 9, "categ_id": category.id},
            {"percent": 8, "team_ids": team.ids},
            {"percent": 7, "tag_ids": tag.ids},
            {"percent": 6, "grade_ids": grade.ids},
        )
        saw = self.sell(100, post=False)
        saw.invoice_line_ids.write({"product_id": product.id, "price_unit": 100})
        saw.invoice_line_ids.tax_ids = False
        saw.action_post()
        self.pay(saw, date="2026-01-20")
        self.assertEqual(self.earned(saw), [9.0])
        self.assertEqual(self.earned(self.paid(100, team_id=team.id)), [8.0])
        plain = self.paid(100)
        self.assertEqual(self.earned(plain), [])
        profile = self.env["sale.collection.profile"]._for(self.customer)
        profile.sudo().grade_id = grade
        self.assertEqual(self.earned(self.paid(100)), [6.0])
        self.customer.category_id = tag
        self.assertEqual(self.earned(self.paid(100)), [7.0])
        # what matched nothing is not judged again before the plan changes
        self.assertEqual(self.earned(plain), [])

    def gaps(self):
        return self.env["sale.collection.commission.gap"].search([])

    def test_reps_without_plan_are_listed_not_lost(self):
        self.plan.user_ids = self.other_rep
        invoice = self.paid(1000)
        self.assertEqual(self.earned(invoice), [])
        gap = self.gaps()
        self.assertEqual((gap.user_id, gap.reason), (self.rep, "no_plan"))
        self.assertEqual(gap.amount, 1000)
        self.assertEqual(
            self.env["sale.collection.commission.facts"]._get_fresh_receipts(), {}
        )
        self.create_plan(7, user_ids=self.rep.ids)
        self.assertEqual(self.earned(invoice), [70.0])
        self.assertFalse(self.gaps())

    def test_one_of_two_earners_without_plan(self):
        self.plan.user_ids = self.rep
        self.share(self.other_rep, 40, partner_id=self.customer.id)
        invoice = self.paid(1000)
        self.assertEqual(self.earned(invoice), [60.0])
        self.assertEqual(self.gaps().user_id, self.other_rep)
        self.create_plan(10, user_ids=self.other_rep.ids)
        self.assertEqual(self.earned(invoice), [60.0])
        self.assertEqual(self.earned(invoice, self.other_rep), [40.0])

    def test_undone_money_leaves_the_list(self):
        self.plan.user_ids = self.other_rep
        invoice = self.sell(1000)
        payment = self.pay(invoice, date="2026-01-20")
        self.book()
        payment.action_draft()
        self.book()
        self.assertFalse(self.gaps())

    # === CHANGING PLANS ===#

    def test_used_plan_is_fixed(self):
        self.paid(1000)
        self.book()
        unused = self.create_plan(user_ids=[Command.set(self.other_rep.ids)])
        changes = (
            lambda: unused.rate_ids.write({"plan_id": self.plan.id}),
            lambda: self.plan.write({"base": "margin"}),
            lambda: self.plan.rate_ids.write({"percent": 3}),
            lambda: self.plan.rate_ids.unlink(),
            lambda: self.plan.write({"factor_ids": [Command.clear()]}),
            lambda: self.plan.factor_ids[0].write({"factor": 0.1}),
            lambda: self.plan.tier_ids.create(
                {"plan_id": self.plan.id, "lower": 0, "percent": 1}
            ),
        )
        for change in changes:
            with self.assertRaisesRegex(ValidationError, "new version"):
                change()
        self.plan.user_ids = self.rep  # who it is for may change

    def test_new_version_and_recompute(self):
        settled = self.paid(500, "2026-01-10")
        invoice = self.paid(1000)
        self.book()
        settlements = self.env["sale.collection.settlement"]
        settlements._prepare(self.rep, "2026-01-01", "2026-01-15").action_confirm()
        action = self.plan.action_new_version()
        dialog = self.env[action["res_model"]].with_context(**action["context"])
        wizard = dialog.create({"date_from": "2026-01-01"})
        self.assertTrue(wizard.is_replacing)
        version = self.plan.browse(wizard.action_apply()["res_id"])
        self.assertFalse(self.plan.active)
        version.rate_ids.percent = 12
        self.assertEqual(self.earned(invoice), [100.0])
        recompute = self.env["sale.collection.commission.recompute"].create(
            {"date_from": "2026-01-01"}
        )
        with self.assertRaisesRegex(UserError, "Preview"):
            recompute.action_apply()
        recompute.action_preview()
        self.assertEqual(recompute.line_ids.move_id, invoice)
        self.assertEqual(recompute.line_ids.amount_change, 20.0)
        self.assertEqual(self.earned(invoice), [100.0])
        recompute.action_apply()
        self.assertEqual(self.earned(invoice), [100.0, -100.0, 120.0])
        self.assertEqual(self.earned(settled), [50.0])
        recompute.action_preview()
        self.assertFalse(recompute.line_ids)

    def test_new_version_from_a_later_day(self):
        version = self.plan._make_version(date(2026, 3, 1))
        self.assertEqual(str(self.plan.date_to), "2026-02-28")
        self.assertEqual(version.rate_ids.percent, 10)
        self.assertFalse(version.date_to)
        with self.assertRaisesRegex(ValidationError, "From: Plan begins"):
            self.plan._make_version(date(2025, 12, 31))
        with self.assertRaisesRegex(ValidationError, "From: Plan ends"):
            self.plan._make_version(date(2026, 4, 1))

    @contextmanager
    def refused(self, message):
        error = self.assertRaisesRegex(ValidationError, message)
        with error, self.env.cr.savepoint():
            yield

    def test_bands_and_rates_that_contradict(self):
        with self.refused("same day"):
            self.plan.factor_ids.create(
                {"plan_id": self.plan.id, "days_from": 31, "factor": 0.7}
            )
        with self.refused("same bound"):
            self.plan.tier_ids = self.steps((0, 5), (0, 8))
        with self.refused("line 2 never counts"):
            self.plan.rate_ids = [
                Command.create({"percent": 3, "customer": "new", "sequence": 20})
            ]
        with self.refused("Advance"):
            self.plan.write({"advance_percent": 50, "date_basis": "money"})

    def test_example_follows_the_form(self):
        with Form(self.plan) as form:
            with form.rate_ids.edit(0) as rate:
                rate.percent = 5
            self.assertIn("1,000 x 5 % x 0.8", form.example)
            self.assertIn("40.00", form.example)
            with form.tier_ids.new() as tier:
                tier.lower, tier.percent = 0, 5
            with form.tier_ids.new() as tier:
                tier.lower, tier.percent = 100, 8
            self.assertIn("100.00 x 5 % + 25.00 x 8 %", form.example)
            form.advance_percent = 50
            self.assertIn("25.00 in advance", form.example)

    def test_tiers_follow_a_replaced_plan(self):
        self.plan.tier_ids = self.steps((0, 5))
        self.paid(100)
        self.assertEqual(
            self.by_kind(today="2026-02-01"), {"accrual": 10.0, "tier": 5.0}
        )
        version = self.plan._make_version(self.plan.date_from)
        version.tier_ids.percent = 6
        recompute = self.env["sale.collection.commission.recompute"].create(
            {"date_from": "2026-01-01", "plan_ids": self.plan.ids}
        )
        recompute.action_preview()
        recompute.action_apply()
        of_plan = {"today": "2026-02-02", "plan_id": self.plan.id}
        self.assertEqual(self.by_kind(**of_plan), {})
        of_version = {"today": "2026-02-02", "plan_id": version.id}
        self.assertEqual(self.by_kind(**of_version), {"accrual": 10.0, "tier": 6.0})

    def test_only_managers_recompute(self):
        wizard = self.env["sale.collection.commission.recompute"]
        with self.assertRaises(AccessError):
            wizard.with_user(self.rep).create({"date_from": "2026-01-01"})

    def test_managers_of_another_company_see_and_recompute_nothing(self):
        invoice = self.paid(1000)
        self.book()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        manager = new_test_user(
            self.env(su=True),
            login="manager elsewhere",
            groups="sale_collection.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        wizard = self.env["sale.collection.commission.recompute"].with_user(manager)
        with self.assertRaisesRegex(AccessError, "Companies"):
            wizard.create({"company_id": self.company.id, "date_from": "2026-01-01"})
        line = invoice.invoice_line_ids[:1]
        shares = self.share(self.other_rep, 40, move_line_id=line.id)
        shares += self.share(self.other_rep, 40, partner_id=invoice.partner_id.id)
        self.env["sale.collection.commission.claim"].sudo()._rewrite_claims(invoice)
        for model, count in (("share", 1), ("claim", 0)):
            records = self.env[f"sale.collection.commission.{model}"].sudo()
            domain = [("user_id", "=", self.other_rep.id)]
            self.assertTrue(records.search(domain))
            found = records.with_user(manager).search(domain)
            self.assertEqual(len(found), count, model)
