from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon

TODAY = date(2026, 5, 4)


@freeze_time("2026-05-04")
@tagged("post_install", "-at_install")
class TestPrompt(CollectionCommon):
    """Customers whose every instalment of January to March came on time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_use_credit_limit = True
        cls.customer.email = "prompt@example.com"
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.profiles = cls.env["sale.collection.profile"]._for(cls.customer | cls.other)
        cls.profile, cls.others = cls.profiles
        cls.controller = cls.new_user(
            "prompt controller", "sale_collection.group_credit_controller"
        )
        terms = cls.env["account.payment.term"]
        cls.month, cls.long, cls.longest = (
            terms.create(
                {
                    "name": f"{days} days",
                    "line_ids": [
                        Command.create({"value_amount": 100, "nb_days": days})
                    ],
                }
            )
            for days in (30, 60, 90)
        )
        # 31 January was a Saturday: its money may come on Monday.
        for due, paid in (
            ("2026-01-31", "2026-02-02"),
            ("2026-02-28", "2026-02-20"),
            ("2026-03-31", "2026-03-31"),
        ):
            cls.settle(200, due, paid)

    @classmethod
    def settle(cls, amount, due, paid=None, partner=None):
        invoice = cls.create_invoice(amount, "2026-01-01", due, partner=partner)
        if paid:
            cls.pay(invoice, date=paid)
        return invoice

    def collect(self, partner=None):
        self.env.cr.flush()
        prompt = self.env["sale.collection.prompt"].sudo()
        return prompt._collect(self.company, TODAY).get((partner or self.customer).id)

    def test_a_rest_of_a_cent_has_come(self):
        invoice = self.settle(300, "2026-03-31")
        self.pay(invoice, 299.99, date="2026-03-31")
        self.assertEqual(self.collect(), (4, 900.0, 0))
        short = self.settle(300, "2026-03-31")
        self.pay(short, 299.94, date="2026-03-31")
        self.assertEqual(self.collect(), (5, 1200.0, 1))

    def is_prompt(self, profile=None):
        self.env.cr.flush()
        self.env.invalidate_all()
        found = self.env["sale.collection.profile"].search([("is_prompt", "=", True)])
        profile = profile or self.profile
        self.assertEqual(profile in found, profile.is_prompt)
        return profile.is_prompt

    def propose(self, profiles=None, **values):
        self.env.cr.flush()
        action = (profiles or self.profile).with_user(self.controller)
        action = action.action_offer_better()
        dialog = self.env["sale.collection.prompt.offer"].with_user(self.controller)
        dialog = dialog.with_context(**action["context"]).create(values)
        dialog.action_propose()
        return self.env["sale.collection.proposal"].search(
            [("profile_id", "in", self.profiles.ids), ("state", "=", "open")]
        )

    def give_limit(self, amount, term=None):
        self.customer.with_company(self.company).write(
            {"credit_limit": amount, "property_payment_term_id": term and term.id}
        )
        self.profile.credit_policy = "limit"

    # === WHO ===#

    def test_figures(self):
        self.assertEqual(self.collect(), (3, 600.0, 0))
        self.assertTrue(self.is_prompt())
        self.assertEqual(
            (self.profile.prompt_count, self.profile.prompt_amount), (3, 600.0)
        )
        self.assertEqual(
            (self.others.prompt_count, self.others.prompt_amount), (0, 0.0)
        )

    def test_a_day_late_is_late(self):
        self.settle(10, "2026-03-10", "2026-03-11")
        self.assertEqual(self.collect(), (4, 610.0, 1))
        self.assertFalse(self.is_prompt())

    def test_not_paid_is_late(self):
        self.settle(10, "2026-03-10")
        self.assertEqual(self.collect(), (4, 610.0, 1))

    def test_paid_in_part_is_late(self):
        self.pay(self.settle(10, "2026-03-10"), 9, date="2026-03-01")
        self.assertEqual(self.collect(), (4, 610.0, 1))

    def test_written_off_has_not_come(self):
        self.pay(
            self.settle(100, "2026-03-10"),
            60,
            date="2026-03-01",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.revenue.id,
        )
        self.assertEqual(self.collect(), (4, 700.0, 1))

    def test_overdue_today(self):
        self.settle(10, "2026-04-10")
        self.assertEqual(self.collect(), (3, 600.0, 1))
        self.assertFalse(self.is_prompt())

    def test_other_quarters_and_what_is_not_due_do_not_count(self):
        self.settle(10, "2025-12-30", "2026-01-20")
        self.settle(10, "2026-04-10", "2026-04-20")
        self.settle(10, "2026-06-10")
        self.assertEqual(self.collect(), (3, 600.0, 0))

    def test_three_instalments_at_least(self):
        for due in ("2026-01-30", "2026-02-27"):
            self.settle(50, due, "2026-01-15", partner=self.other)
        self.assertEqual(self.collect(self.other), (2, 100.0, 0))
        self.assertFalse(self.is_prompt(self.others))
        self.settle(50, "2026-03-31", "2026-01-15", partner=self.other)
        self.assertTrue(self.is_prompt(self.others))

    def test_excluded_customers_are_left_out(self):
        self.profile.write({"excluded": True, "excluded_reason": "Our own company"})
        self.assertFalse(self.is_prompt())

    def test_other_companies_see_their_own(self):
        theirs = self._create_company(name="Second company")
        second = self.env["sale.collection.profile"].with_company(theirs)
        self.assertFalse(second._for(self.customer).is_prompt)

    # === BETTER TERMS ===#

    def test_longer_terms_and_a_higher_limit(self):
        self.give_limit(1000, self.month)
        proposal = self.propose(term_id=self.long.id, limit_percent=15)
        self.assertEqual(proposal.proposed_policy, "limit")
        self.assertEqual(proposal.proposed_limit, 1200)
        self.assertEqual(proposal.proposed_term_id, self.long)
        self.assertEqual(proposal.prompt_count, 3)
        self.assertIn("all 3 instalments", proposal.reason)
        self.assertEqual(self.customer.with_company(self.company).credit_limit, 1000)

    def test_accepted_in_bulk_with_thanks(self):
        self.give_limit(1000, self.month)
        for due in ("2026-01-30", "2026-02-27", "2026-03-31"):
            self.settle(50, due, "2026-01-15", partner=self.other)
        proposals = self.propose(self.profiles, term_id=self.long.id, limit_percent=20)
        self.assertEqual(len(proposals), 2)
        decisions = self.env["sale.collection.decision"].with_user(self.controller)
        self.env.flush_all()
        decisions.search(
            [("kind", "=", "proposal"), ("profile_id", "in", self.profiles.ids)]
        ).action_accept()
        self.env.invalidate_all()
        self.assertEqual(set(proposals.mapped("state")), {"accepted"})
        customer = self.customer.with_company(self.company)
        self.assertEqual(customer.credit_limit, 1200)
        self.assertEqual(customer.property_payment_term_id, self.long)
        [mail] = self.profile.message_ids.filtered(
            lambda message: "has come on time" in message.body
        )
        self.assertEqual(mail.partner_ids, self.customer)
        self.assertIn("60 days", mail.body)
        self.assertIn("1,200.00", mail.body)
        for word in ("grade", "score", "proposal"):
            self.assertNotIn(word, mail.body.lower())
        self.assertBearsCompany(mail)
        note = self.others.message_ids.filtered(lambda one: "No mail sent" in one.body)
        self.assertEqual(len(note), 1)

    def test_rejected_changes_nothing_and_thanks_nobody(self):
        self.give_limit(1000, self.month)
        self.propose(limit_percent=20).with_user(self.controller).action_reject()
        self.assertEqual(self.customer.with_company(self.company).credit_limit, 1000)
        self.assertNotIn("on time", "".join(self.profile.message_ids.mapped("body")))

    def test_discount_for_paying_early(self):
        self.give_limit(0, self.month)
        proposal = self.propose(term_id=self.create_discount_term().id)
        self.assertEqual(proposal.proposed_policy, "none")
        self.assertEqual(proposal.proposed_term_id.discount_percentage, 2)

    def test_nothing_worse_is_proposed(self):
        self.give_limit(1000, self.longest)
        with self.assertRaisesRegex(UserError, "None of these customers"):
            self.propose(term_id=self.long.id)
        proposal = self.propose(term_id=self.long.id, limit_percent=20)
        self.assertFalse(proposal.proposed_term_id)
        self.assertEqual(proposal.proposed_limit, 1200)

    def create_term(self, *lines, **values):
        """Return payment terms of lines, each a dict."""
        return self.env["account.payment.term"].create(
            {
                "name": "Offer",
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )

    def is_proposed(self, term):
        """Tell whether a term is proposed to a customer who has another."""
        try:
            return self.propose(term_id=term.id).proposed_term_id == term
        except UserError as error:
            self.assertIn("None of these customers", str(error))
            return False

    def test_most_of_it_at_once_is_worse(self):
        self.give_limit(0, self.long)
        late, half = {"value_amount": 10, "nb_days": 61}, {"value_amount": 50}
        soon = self.create_term({"value_amount": 90, "nb_days": 0}, late)
        self.assertFalse(self.is_proposed(soon))
        halves = self.create_term({**half, "nb_days": 60}, {**half, "nb_days": 90})
        self.assertTrue(self.is_proposed(halves))

    def test_fixed_amount_at_once_is_worse(self):
        first = {"value": "fixed", "value_amount": 50, "nb_days": 0}
        fixed = self.create_term(first, {"value_amount": 100, "nb_days": 60})
        self.give_limit(0, self.month)
        self.assertFalse(self.is_proposed(fixed))
        self.give_limit(0, fixed)
        self.assertTrue(self.is_proposed(self.long))

    def test_less_time_for_the_discount_is_worse(self):
        discount = {"early_discount": True, "discount_percentage": 2}
        line = {"value_amount": 100, "nb_days": 30}
        short, longer = (
            self.create_term(line, **discount, discount_days=days) for days in (3, 14)
        )
        self.give_limit(0, self.create_discount_term())
        self.assertFalse(self.is_proposed(short))
        self.assertTrue(self.is_proposed(longer))

    def test_end_of_the_month_is_seen_from_every_day(self):
        """On 4 May it is 27 days away, on the 31st none."""
        kind = {"value_amount": 100, "delay_type": "days_after_end_of_month"}
        fortnight = self.create_term({"value_amount": 100, "nb_days": 14})
        self.give_limit(0, fortnight)
        self.assertFalse(self.is_proposed(self.create_term({**kind, "nb_days": 0})))
        self.assertTrue(self.is_proposed(self.create_term({**kind, "nb_days": 14})))

    def test_without_terms_all_is_due_at_once(self):
        self.give_limit(0)
        fortnight = self.create_term({"value_amount": 100, "nb_days": 14})
        self.assertTrue(self.is_proposed(fortnight))

    def test_only_customers_who_pay_on_time(self):
        proposal = self.propose(self.profiles, term_id=self.long.id)
        self.assertEqual(proposal.profile_id, self.profile)
        with self.assertRaisesRegex(UserError, "None of these customers"):
            self.propose(self.others, term_id=self.long.id)

    def test_proposed_again_takes_the_place_of_the_first(self):
        first = self.propose(term_id=self.long.id)
        second = self.propose(term_id=self.longest.id)
        self.assertEqual(second.proposed_term_id, self.longest)
        self.assertEqual(first.state, "replaced")

    def test_terms_of_another_company_are_not_given(self):
        theirs = self._create_company(name="Second company")
        self.long.company_id = theirs
        with self.assertRaises(UserError):
            self.propose(term_id=self.long.id)

    def test_percent_makes_sense(self):
        for percent in (-1, 101):
            with self.assertRaises(ValidationError):
                self.propose(limit_percent=percent)

    def test_only_controllers_propose(self):
        rep = self.new_user("prompt rep", "sale_collection.group_user")
        self.customer.user_id = rep
        with self.assertRaises(AccessError):
            self.profile.with_user(rep).action_offer_better()
        with self.assertRaises(AccessError):
            self.env["sale.collection.prompt.offer"].with_user(rep).create(
                {"profile_ids": [Command.set(self.profile.ids)]}
            )
        self.assertEqual(self.profile.with_user(rep).prompt_count, 3)

    def test_queries_do_not_grow_with_customers(self):
        def count(profiles):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            profiles.mapped("prompt_count")
            return self.env.cr.sql_log_count - start

        count(self.profile)
        few = count(self.profile)
        more = self.env["res.partner"].create([{"name": f"C{n}"} for n in range(6)])
        profiles = self.profiles | self.env["sale.collection.profile"]._for(more)
        self.assertEqual(count(profiles), few)
