from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection_hold.tools.hold import Question

from .common import TODAY, HoldCommon


@tagged("post_install", "-at_install")
class TestHold(HoldCommon):
    """Verdicts on orders by the ledger as it is."""

    def explain(self, order):
        """Return what every rule that reaches an order found."""
        return order._collection_judge(Question(TODAY))[order.id].explain("en_US")

    # === CREDIT: formulas 4 ===#

    def test_order_fits_or_does_not(self):
        self.set_limit(200)
        self.create_invoice(100)
        self.create_rule("over_limit")
        self.assertStrength(self.create_order(100), "none")
        verdict = self.verdict(self.create_order(150))
        self.assertEqual(verdict["strength"], "hold")
        [reason] = verdict["reasons"]
        self.assertEqual(
            (reason["code"], reason["measured"], reason["threshold"], reason["unit"]),
            ("over_limit", 250.0, 200.0, "amount"),
        )
        self.assertEqual(
            [(cure["kind"], cure["amount"]) for cure in verdict["cures"]],
            [("pay", 50.0), ("limit", 50.0), ("reduce", 50.0), ("prepay", 150.0)],
        )
        [debt] = verdict["cures"][0]["documents"]
        self.assertEqual(debt["amount"], 50.0)

    def test_order_counts_once_at_every_step(self):
        self.set_limit(100)
        self.create_rule("over_limit")
        order = self.create_order(100)
        other = self.create_order(1)
        self.assertStrength(order, "none")
        order.action_confirm()
        self.assertStrength(order, "none")
        self.assertEqual(self.verdict(other)["reasons"][0]["measured"], 101.0)
        invoice = self.bill(order)
        self.assertEqual(self.verdict(other)["reasons"][0]["measured"], 101.0)
        invoice.action_post()
        self.assertEqual(self.verdict(other)["reasons"][0]["measured"], 101.0)
        self.assertStrength(order, "none")
        refund = invoice._reverse_moves([{"invoice_date": "2026-01-02"}])
        refund.action_post()
        self.assertEqual(self.verdict(other)["reasons"][0]["measured"], 101.0)
        self.assertStrength(order, "none")

    def test_down_payment(self):
        self.set_limit(1000)
        self.create_rule("over_limit")
        order = self.create_order(1000, confirm=True)
        other = self.create_order(1)
        down = self.bill(order, advance_payment_method="fixed", fixed_amount=300)
        down.action_post()
        self.assertEqual(self.verdict(other)["reasons"][0]["measured"], 1001.0)
        self.pay(down, 300)
        self.assertStrength(other, "none")
        self.assertStrength(self.create_order(300), "none")
        self.assertStrength(self.create_order(301), "hold")

    def test_nothing_shipped_of_an_order_invoiced_on_delivery(self):
        self.goods.invoice_policy = "delivery"
        self.set_limit(1000)
        self.create_rule("over_limit")
        self.create_order(1000, confirm=True)
        self.assertStrength(self.create_order(1), "hold")

    def test_same_credit_as_the_profile(self):
        """The lean statement of a check and the profile's own count the same."""
        profile = self.set_limit(0)
        self.create_rule("over_limit")
        self.create_invoice(70)
        self.create_entry([(self.receivable, -15.0), (self.revenue, 15.0)])
        tax = self.company_data["default_tax_sale"]
        taxed = self.create_order(100, quantity=10)
        taxed.order_line.tax_ids = tax
        taxed.action_confirm()
        taxed.order_line.sudo().qty_delivered = 12
        down = self.bill(taxed, advance_payment_method="fixed", fixed_amount=300)
        down.action_post()
        self.pay(down, 100)
        both = self.create_order(40, confirm=True) | self.create_order(60, confirm=True)
        invoice = self.bill(both)
        invoice.action_post()
        invoice._reverse_moves([{"invoice_date": "2026-01-02"}]).action_post()
        exposure = profile._get_live_facts(TODAY)[self.customer.id]["exposure"]
        [reason] = self.verdict(self.create_order(1))["reasons"]
        self.assertEqual(reason["measured"], exposure + 1)

    def test_two_in_one_call(self):
        self.set_limit(100)
        self.create_rule("over_limit")
        orders = self.create_order(60) | self.create_order(60)
        found = orders._collection_verdict(TODAY)
        self.assertEqual(
            [found[order.id]["strength"] for order in orders], ["none", "hold"]
        )

    def test_limit_of_nothing_is_not_no_limit(self):
        self.create_rule("over_limit")
        order = self.create_order(10)
        self.assertStrength(order, "none")
        self.set_limit(0)
        self.assertStrength(order, "hold")
        self.profiles._for(self.customer).credit_policy = "prepay"
        self.assertStrength(order, "hold")
        self.profiles._for(self.customer).credit_policy = "unlimited"
        self.assertStrength(order, "none")

    def test_limit_entered_on_the_customer_counts(self):
        self.company.account_use_credit_limit = True
        self.create_rule("over_limit")
        profile = self.profiles._for(self.customer)
        self.create_invoice(90)
        order = self.create_order(50)
        self.assertStrength(order, "none")
        customer = self.customer.with_company(self.company)
        customer.credit_limit = 100
        self.assertStrength(order, "hold")
        self.assertEqual(profile.credit_policy, "limit")
        customer.use_partner_credit_limit = False
        self.assertStrength(order, "none")

    def test_guarantee_and_temporary_limit(self):
        profile = self.set_limit(100)
        self.create_rule("over_limit")
        order = self.create_order(160)
        profile.guarantee_amount = 20
        profile.write({"temporary_limit": 40, "temporary_limit_until": TODAY})
        self.assertStrength(order, "none")
        self.assertStrength(order, "hold", TODAY + timedelta(1))

    def test_two_rates(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-02-01", 4.0)]
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": currency.id}
        )
        self.set_limit(40)
        self.create_rule("over_limit")
        order = self.create_order(
            100, pricelist_id=pricelist.id, date_order="2026-01-10 12:00:00"
        )
        order.order_line.price_unit = 100
        [reason] = self.verdict(order)["reasons"]
        self.assertEqual(reason["measured"], 50.0)
        order.action_confirm()  # at today's rate it is 25.00
        self.assertEqual(order.collection_hold_state, "none")
        [reason] = self.verdict(self.create_order(16))["reasons"]
        self.assertEqual(reason["measured"], 41.0)

    def test_two_companies_and_branches(self):
        self.set_limit(100)
        self.create_rule("over_limit", company_id=False)
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        other = self.setup_other_company(name="Other")["company"]
        self.env.user.company_ids |= branch | other
        self.create_invoice(80)
        here = self.create_order(30)
        self.assertStrength(here, "hold")
        here.company_id = branch
        self.assertStrength(here, "hold")
        there = self.create_order(30)
        there.company_id = other
        found = (here | there)._collection_verdict(TODAY)
        self.assertEqual(found[here.id]["strength"], "hold")
        self.assertEqual(found[there.id]["strength"], "none")

    def test_rule_of_another_company(self):
        other = self.setup_other_company(name="Other")["company"]
        self.set_limit(0)
        self.create_rule("over_limit", company_id=other.id)
        self.assertStrength(self.create_order(30), "none")

    def test_group_under_one_parent(self):
        parent, sister = self.env["res.partner"].create(
            [{"name": "Parent", "is_company": True}, {"name": "Sister"}]
        )
        (self.customer | sister).write({"parent_id": parent.id, "is_company": True})
        self.set_limit(100, parent)
        self.create_invoice(80, partner=sister)
        order = self.create_order(30)
        rule = self.create_rule("over_limit")
        self.assertStrength(order, "none")
        rule.by_group = True
        [reason] = self.verdict(order)["reasons"]
        self.assertEqual(reason["measured"], 110.0)
        self.assertEqual(reason["threshold"], 100.0)

    def test_salesperson_exposure(self):
        user = self.env.user
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.create_invoice(70, partner=stranger, invoice_user_id=user.id)
        self.create_order(20, partner_id=stranger.id, user_id=user.id, confirm=True)
        self.create_rule("user_exposure", 100)
        self.assertStrength(self.create_order(10, user_id=user.id), "none")
        [reason] = self.verdict(self.create_order(11, user_id=user.id))["reasons"]
        self.assertEqual(reason["measured"], 101.0)
        self.assertStrength(self.create_order(11, user_id=False), "none")

    # === OTHER CONDITIONS ===#

    def test_overdue(self):
        self.create_invoice(100, due="2026-01-31")
        self.create_invoice(50, due="2026-02-20")
        days = self.create_rule("overdue_days", 28)
        order = self.create_order(10)
        verdict = self.verdict(order)
        self.assertEqual(verdict["reasons"][0]["measured"], 29)
        self.assertEqual(verdict["cures"][1]["kind"], "pay")
        self.assertEqual(verdict["cures"][1]["amount"], 100.0)
        days.condition_ids.threshold = 29
        self.assertStrength(order, "none")
        days.condition_ids.write({"code": "overdue_amount", "threshold": 149})
        self.assertEqual(self.verdict(order)["reasons"][0]["measured"], 150.0)

    def test_a_rest_of_a_cent_holds_no_order(self):
        invoice = self.create_invoice(1000, due="2026-01-15")
        self.pay(invoice, 999.99)
        self.env.ref("sale_collection_hold.hold_rule_hold_overdue").active = True
        order = self.create_order(10)
        self.assertStrength(order, "none")
        self.company.collection_tolerance = 0
        verdict = self.verdict(order)
        [reason] = verdict["reasons"]
        self.assertEqual((reason["code"], reason["measured"]), ("overdue_days", 45))
        amounts = {cure["kind"]: cure["amount"] for cure in verdict["cures"]}
        self.assertEqual(amounts["pay"], 0.01)

    def test_rest_of_an_invoice_in_foreign_currency(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.80), ("2026-01-20", 0.816)]
        )
        invoice = self.create_invoice(1000, due="2026-01-31", currency_id=euro.id)
        self.create_rule("overdue_amount", 0)
        order = self.create_order(10)
        line = self.receivable_lines(invoice)
        self.assertEqual(self.verdict(order)["reasons"][0]["measured"], 1250.0)
        self.pay(invoice, 999.94, currency_id=euro.id)
        # six cents of a euro
        self.assertEqual(line.amount_residual_currency, 0.06)
        measured = self.verdict(order)["reasons"][0]["measured"]
        self.assertEqual(measured, line.amount_residual)
        self.company.collection_tolerance = 6
        self.assertStrength(order, "none")

    def test_disputed_amounts_left_out(self):
        invoice = self.create_invoice(100, due="2026-01-31")
        rule = self.create_rule("overdue_amount", 0)
        order = self.create_order(10)
        line = self.receivable_lines(invoice)
        self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profiles._for(self.customer).id,
                "reason_id": self.env["sale.collection.reason"]
                .search([("side", "=", "us")], limit=1)
                .id,
                "line_ids": [Command.create({"line_id": line.id, "amount": 100})],
            }
        )
        self.assertStrength(order, "none")
        rule.exclude_disputed = False
        self.assertStrength(order, "hold")

    def test_unmatched_money_pays_the_oldest(self):
        self.create_invoice(100, due="2026-01-31")
        self.create_rule("overdue_days", 0)
        order = self.create_order(10)
        self.assertStrength(order, "hold")
        self.create_entry([(self.receivable, -100.0), (self.revenue, 100.0)])
        self.assertStrength(order, "none")

    def test_broken_promises_and_bounces(self):
        rule = self.create_rule("broken_promises", 0, days=30)
        order = self.create_order(10)
        self.assertStrength(order, "none")
        profile = self.profiles._for(self.customer)
        self.create_invoice(10, due="2026-12-31")
        with freeze_time("2026-02-01"):
            promise = self.env["sale.collection.promise"].create(
                {"profile_id": profile.id, "amount": 10, "date": "2026-02-10"}
            )
        promise.sudo().write({"state": "broken"})
        self.assertStrength(order, "hold")
        self.assertStrength(order, "none", TODAY + timedelta(60))
        rule.condition_ids.code = "bounced"
        self.assertStrength(order, "none")

    def test_previous_delivery_unpaid(self):
        self.create_rule("previous_unpaid", 0)
        first = self.create_order(100, confirm=True)
        order = self.create_order(10)
        self.assertStrength(order, "none")
        first.order_line.sudo().qty_delivered = 1
        self.assertEqual(self.verdict(order)["reasons"][0]["measured"], 100.0)
        invoice = self.bill(first)
        invoice.action_post()
        self.assertEqual(self.verdict(order)["reasons"][0]["measured"], 100.0)
        self.pay(invoice, 100)
        self.assertStrength(order, "none")

    def test_grade(self):
        grade_d = self.env["sale.collection.grade"].search([("name", "=", "D")])
        self.create_rule("grade_at_or_below", grade_id=grade_d.id)
        order = self.create_order(10)
        profile = self.profiles._for(self.customer)
        for name, expected in (("A", "none"), ("D", "hold"), ("E", "hold")):
            profile.sudo().grade_id = self.env["sale.collection.grade"].search(
                [("name", "=", name)]
            )
            self.assertStrength(order, expected)

    def test_limit_expired(self):
        profile = self.set_limit(1000)
        self.create_rule("limit_expired", 0)
        order = self.create_order(10)
        self.assertStrength(order, "none")
        profile.credit_limit_until = TODAY - timedelta(1)
        self.assertEqual(self.verdict(order)["reasons"][0]["measured"], 1)

    def test_terms(self):
        rule = self.create_rule("term_missing")
        order = self.create_order(10, payment_term_id=False)
        self.assertStrength(order, "hold")
        order.payment_term_id = self.pay_terms_a
        self.assertStrength(order, "none")
        month = self.env["account.payment.term"].create(
            {
                "name": "60",
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 60})],
            }
        )
        order.payment_term_id = month
        rule.condition_ids.code = "term_over_customer"
        self.assertEqual(self.verdict(order)["reasons"][0]["threshold"], 0)
        self.customer.property_payment_term_id = month
        self.assertStrength(order, "none")
        rule.condition_ids.code = "term_over_grade"
        grade = self.env["sale.collection.grade"].search([("name", "=", "C")])
        grade.payment_term_id = self.pay_terms_a
        self.profiles._for(self.customer).sudo().grade_id = grade
        self.assertStrength(order, "hold")

    def test_no_review(self):
        self.create_rule("no_review")
        order = self.create_order(10)
        self.assertStrength(order, "hold")
        review = self.env["sale.collection.review"].create(
            {"partner_id": self.customer.id, "date": TODAY}
        )
        self.assertStrength(order, "hold")
        review.action_approve()
        self.assertStrength(order, "none")
        self.assertStrength(order, "hold", TODAY + timedelta(400))

    # === SCOPE AND PRECEDENCE ===#

    def test_all_conditions_must_hold(self):
        rule = self.create_rule("order_amount", 100)
        rule.condition_ids = [Command.create({"code": "overdue_days", "threshold": 0})]
        order = self.create_order(200)
        self.assertStrength(order, "none")
        self.create_invoice(10, due="2026-01-31")
        self.assertStrength(order, "hold")

    def test_scopes(self):
        tag = self.env["res.partner.category"].create({"name": "Risky"})
        country = self.env.ref("base.be")
        team = self.env["crm.team"].create({"name": "Team"})
        order = self.create_order(10, team_id=team.id, user_id=self.env.uid)
        category = self.goods.categ_id or self.env["product.category"].search(
            [], limit=1
        )
        self.goods.categ_id = category
        for scope, record, hit in (
            ("category_ids", tag, lambda: self.customer.write({"category_id": tag})),
            (
                "country_ids",
                country,
                lambda: self.customer.write({"country_id": country.id}),
            ),
            ("team_ids", team, None),
            ("user_ids", self.env.user, None),
            ("product_ids", self.goods, None),
            ("product_category_ids", category, None),
            ("partner_ids", self.customer, None),
        ):
            with self.subTest(scope=scope):
                rule = self.create_rule("order_amount", 0, **{scope: record.ids})
                if hit:
                    self.assertStrength(order, "none")
                    hit()
                self.assertStrength(order, "hold")
                rule.unlink()
                self.assertStrength(order, "none")

    def test_nearer_rule_replaces(self):
        self.create_invoice(100, due="2026-01-31")
        self.create_rule("overdue_days", 10)
        order = self.create_order(10)
        self.assertStrength(order, "hold")
        self.create_rule(
            "overdue_days", 60, strength="refuse", partner_ids=self.customer.ids
        )
        self.assertStrength(order, "none")
        checks = self.explain(order)["checks"]
        self.assertEqual([check["outcome"] for check in checks], ["overridden", "miss"])

    def test_exemption(self):
        rule = self.create_rule("order_amount", 0)
        order = self.create_order(10)
        exemption = self.create_rule(
            kind="exclude", partner_ids=self.customer.ids, name="Friend"
        )
        self.assertStrength(order, "none")
        exemption.partner_ids = False
        self.assertStrength(order, "hold")
        exemption.excluded_rule_ids = rule
        self.assertStrength(order, "none")
        [check] = self.explain(order)["checks"]
        self.assertEqual((check["outcome"], check["by"]), ("exempt", exemption.id))

    def test_strongest_wins(self):
        for strength in ("warn", "limit", "prepay", "hold", "refuse"):
            self.create_rule("order_amount", 0, strength)
            self.assertStrength(self.create_order(10), strength)

    def test_dates_and_checkpoints(self):
        rule = self.create_rule("order_amount", 0, date_to=TODAY)
        order = self.create_order(10)
        self.assertStrength(order, "hold")
        self.assertStrength(order, "none", TODAY + timedelta(1))
        rule.at_delivery = False
        self.assertStrength(order, "hold")
        self.assertStrength(order, "none", checkpoint="delivery")
        rule.write({"at_delivery": True, "at_confirm": False})
        self.assertStrength(order, "none")
        self.assertStrength(order, "hold", checkpoint="delivery")
        with self.assertRaises(ValidationError):
            rule.at_delivery = False

    def test_new_orders_only(self):
        old = self.create_order(10, confirm=True)
        old.date_order = "2026-01-01"
        self.create_rule("order_amount", 0, orders_from="2026-02-01")
        self.assertStrength(old, "none", checkpoint="delivery")
        self.assertStrength(self.create_order(10), "hold")

    def test_excluded_customers_pass(self):
        self.create_rule("order_amount", 0)
        profile = self.profiles._for(self.customer)
        profile.write({"excluded": True, "excluded_reason": "Ours"})
        order = self.create_order(10)
        self.assertStrength(order, "none")
        self.assertEqual(self.explain(order)["passed"], "exempt")

    # === WORDS ===#

    def test_summary(self):
        rule = self.create_rule("overdue_days", 30)
        self.assertEqual(
            rule.summary,
            "Every order: if days overdue more than 30, the order is confirmed, supply "
            "waits.",
        )
        rule.write(
            {
                "strength": "limit",
                "cap_type": "quantity_percent",
                "cap_value": 25,
                "partner_ids": self.customer.ids,
            }
        )
        self.assertIn("25 % of the quantity", rule.summary)
        self.assertIn("customers Customer", rule.summary)

    def test_cures_in_words(self):
        self.set_limit(100)
        self.create_invoice(50, due="2026-01-31")
        self.create_rule("over_limit")
        cures = self.verdict(self.create_order(70))["cures"]
        texts = self.env["sale.collection.hold.text"]._describe_cures(
            cures, self.company.currency_id
        )
        self.assertIn("INV/", texts[0])
        self.assertIn("20.00", texts[0])
        self.assertEqual(len(texts), len(cures))

    def test_bad_rules(self):
        with self.assertRaises(ValidationError):
            self.create_rule("overdue_days", -1)
        with self.assertRaises(ValidationError):
            self.create_rule("grade_at_or_below")
        with self.assertRaises(ValidationError):
            self.create_rule("bounced", days=0)
        with self.assertRaises(ValidationError):
            self.create_rule(
                "over_limit",
                strength="limit",
                cap_type="amount_percent",
                cap_value=120,
            )

    # === RIGHTS ===#

    def test_salesperson_sees_own_customer_in_plain_amounts(self):
        seller = self.new_seller("seller")
        invoice = self.create_invoice(100, due="2026-01-31")
        self.set_limit(100)
        self.create_rule("over_limit")
        order = self.create_order(70, user_id=seller.id)
        verdict = order.with_user(seller)._collection_verdict(TODAY)[order.id]
        self.assertEqual(verdict["reasons"][0]["measured"], 170.0)
        self.assertEqual(verdict["cures"][0]["documents"][0]["name"], invoice.name)
        other = self.create_order(70, user_id=self.env.uid)
        with self.assertRaises(AccessError):
            other.with_user(seller)._collection_verdict(TODAY)

    def test_rules_are_the_managers(self):
        rule = self.create_rule("over_limit")
        seller = self.new_seller("seller2", "sale_collection.group_credit_controller")
        self.assertTrue(rule.with_user(seller).summary)
        with self.assertRaises(AccessError):
            rule.with_user(seller).strength = "warn"

    # === SPEED ===#

    def test_queries(self):
        self.set_limit(100)
        for _number in range(3):
            self.create_invoice(10, due="2026-01-31")
        self.create_rule("over_limit")
        self.create_rule("overdue_days", 0)
        self.create_rule("user_exposure", 10, by_group=True)
        self.create_rule("broken_promises", 3)
        self.create_rule("term_over_customer")
        few = self.create_order(70)
        few._collection_verdict(TODAY)
        many = self.env["sale.order"].union(*(self.create_order(70) for _ in range(8)))
        for orders in (few, many):
            self.env["sale.collection.hold.rule"]._forget_rules()
            self.env.flush_all()
            with self.assertQueryCount(6):
                orders.sudo()._collection_judge(
                    Question(TODAY, moment=fields.Datetime.now(), lock=True)
                )
