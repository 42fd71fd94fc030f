from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCreditTerms(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = {
            "billing": "account.group_account_invoice,base.group_partner_manager",
            "controller": "sale_collection.group_credit_controller",
            "rep": "sale_collection.group_user,sales_team.group_sale_salesman,"
            "base.group_partner_manager",
        }
        for login, groups in users.items():
            user = cls.new_user(f"terms_{login}", groups)
            setattr(cls, login, user)
        cls.term = cls.pay_terms_b
        cls.profiles = cls.env["sale.collection.profile"]

    def messages(self, partner):
        profile = self.profiles.sudo()._for(partner)
        return " ".join(profile.message_ids.mapped("body"))

    # === WHO MAY ===#

    def test_only_controllers_change_terms(self):
        for user in (self.billing, self.rep):
            for vals in (
                {"credit_limit": 500},
                {"trust": "good"},
                {"property_payment_term_id": self.term.id},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        self.customer.with_user(user).write(vals)
        terms = {"credit_limit": 500, "trust": "good"}
        self.customer.with_user(self.controller).write(terms)
        self.assertEqual(
            (self.customer.credit_limit, self.customer.trust), (500, "good")
        )

    def test_core_tick_box_is_no_way_round(self):
        self.customer.credit_limit = 500
        with self.assertRaises(AccessError):
            self.customer.with_user(self.billing).use_partner_credit_limit = False
        self.customer.with_user(self.controller).use_partner_credit_limit = False
        self.assertEqual(self.customer.credit_limit, 0)

    def test_same_value_is_no_change(self):
        self.customer.write({"credit_limit": 500, "trust": "good"})
        self.customer.with_user(self.billing).write(
            {"credit_limit": 500.0, "trust": "good", "comment": "x"}
        )
        self.assertIn("x", self.customer.comment)

    def test_superuser_mode_passes(self):
        self.customer.with_user(self.billing).sudo().credit_limit = 500
        self.assertEqual(self.customer.credit_limit, 500)

    # === NEW CUSTOMERS ===#

    def test_new_customer_takes_company_terms(self):
        partners = self.env["res.partner"].with_user(self.billing)
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 100.0, company_id=self.company.id
        )
        self.assertTrue(
            partners.create(
                {"name": "As usual", "credit_limit": 100, "trust": "normal"}
            )
        )
        for vals in ({"credit_limit": 101}, {"property_payment_term_id": self.term.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                partners.create({"name": "Better", **vals})

    def test_default_in_context_is_no_way_round(self):
        partners = self.env["res.partner"].with_user(self.billing)
        with self.assertRaises(AccessError):
            partners.with_context(default_credit_limit=1e9).create({"name": "Rich"})

    def test_form_of_a_new_customer(self):
        for user in (self.billing, self.rep):
            with self.subTest(user=user.login):
                with Form(self.env["res.partner"].with_user(user)) as form:
                    form.name = "New"

    def test_new_contact_takes_terms_of_its_customer(self):
        self.customer.write(
            {
                "is_company": True,
                "credit_limit": 500,
                "property_payment_term_id": self.term.id,
            }
        )
        contact = self.env["res.partner"].with_user(self.billing)
        contact = contact.create({"name": "Contact", "parent_id": self.customer.id})
        self.assertEqual(contact.property_payment_term_id, self.term)
        contact.with_user(self.rep).parent_id = False
        contact.with_user(self.rep).parent_id = self.customer

    def test_copy_starts_with_company_terms(self):
        self.customer.write({"trust": "good", "property_payment_term_id": self.term.id})
        copy = self.customer.with_user(self.billing).copy()
        self.assertEqual(
            (copy.trust, copy.property_payment_term_id.id), ("normal", False)
        )

    # === ON RECORD ===#

    def test_direct_edit_is_logged(self):
        self.customer.with_user(self.controller).write(
            {"credit_limit": 500, "property_payment_term_id": self.term.id}
        )
        # As tracked values, which the log of decisions reads; once a sentence.
        profile = self.profiles._for(self.customer)
        [message] = profile.message_ids.filtered("tracking_value_ids")
        self.assertEqual(message.author_id, self.controller.partner_id)
        found = message.sudo().tracking_value_ids.grouped(lambda one: one.field_id.name)
        self.assertEqual(set(found), {"credit_limit", "property_payment_term_id"})
        limit, term = found["credit_limit"], found["property_payment_term_id"]
        self.assertEqual((limit.old_value_float, limit.new_value_float), (0, 500))
        self.assertEqual(limit.currency_id, self.company.currency_id)
        self.assertEqual(term.new_value_char, self.term.display_name)
        shown = message.sudo().tracking_value_ids._tracking_value_format()
        self.assertEqual({row["newValue"] for row in shown}, {500, term.new_value_char})

    def test_dialog_writes_terms_with_reason(self):
        profile = self.profiles._for(self.customer).with_user(self.controller)
        context = profile.action_change_credit_terms()["context"]
        form = Form(
            self.env["sale.collection.credit.terms"]
            .with_user(self.controller)
            .with_context(**context)
        )
        self.assertEqual(form.credit_policy, "unlimited")
        form.credit_policy = "limit"
        form.credit_limit = 800
        form.temporary_limit = 200
        form.temporary_limit_until = "2026-12-31"
        form.property_payment_term_id = self.term
        form.trust = "bad"
        form.reason = "New owner, better figures"
        form.save().action_apply()
        self.cr.flush()
        self.assertEqual(profile.credit_limit, 800)
        self.assertEqual(profile.temporary_limit, 200)
        self.assertEqual(self.customer.trust, "bad")
        self.assertEqual(self.customer.property_payment_term_id, self.term)
        profile.invalidate_recordset()
        bodies = profile.message_ids.mapped("body")
        self.assertEqual(sum("better figures" in body for body in bodies), 2)
        tracked = profile.sudo().message_ids.tracking_value_ids
        self.assertIn("credit_policy", tracked.field_id.mapped("name"))

    def test_dialog_is_for_controllers(self):
        profile = self.profiles._for(self.customer)
        with self.assertRaises(AccessError):
            self.env["sale.collection.credit.terms"].with_user(self.billing).create(
                {"profile_id": profile.id, "credit_policy": "limit", "reason": "x"}
            )

    def test_profile_lets_others_note_the_routine_only(self):
        profile = self.profiles._for(self.customer)
        self.customer.user_id = self.rep
        profile = profile.with_user(self.rep)
        profile.write({"payment_month_days": "10., 25;", "visiting_hours": "Mornings"})
        self.assertEqual(profile.payment_month_days, "10,25")
        for vals in ({"credit_policy": "prepay"}, {"user_id": self.rep.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                profile.write(vals)
        with self.assertRaises(ValidationError):
            profile.payment_month_days = "10, 32"

    # === BECOMING ONE ===#

    def merge(self, user, source, destination):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        destination = destination.with_user(user)
        return wizard.create({})._merge([source.id, destination.id], destination)

    def make_pair(self, **terms):
        source, kept = self.env["res.partner"].create(
            [{"name": "Twin", "is_company": True}, {"name": "Twin", "is_company": True}]
        )
        source.write(terms)
        return source, kept

    def test_merge_of_different_terms_is_refused(self):
        for terms in (
            {"credit_limit": 500},
            {"trust": "bad"},
            {"property_payment_term_id": self.term.id},
        ):
            with self.subTest(terms=terms):
                source, kept = self.make_pair(**terms)
                with self.assertRaises(AccessError):
                    self.merge(self.billing, source, kept)
        source, kept = self.make_pair()
        for partner, amount in ((source, 0), (kept, 100)):
            self.profiles._for(partner).guarantee_amount = amount
        with self.assertRaises(AccessError):
            self.merge(self.billing, source, kept)

    def test_merge_keeps_what_we_know(self):
        source, kept = self.make_pair()
        invoice = self.create_invoice(100, partner=source)
        self.pay(invoice, 40)
        self.cr.flush()
        old, new = self.profiles._for(source), self.profiles._for(kept)
        known = "Known for years"
        old.message_post(body=known)
        review = self.env["sale.collection.review"].create(
            {"partner_id": source.id, "profile_id": old.id}
        )
        self.merge(self.billing, source, kept)
        self.assertFalse(old.exists())
        self.assertEqual(self.profiles.sudo()._for(kept), new)
        self.assertEqual(review.profile_id, new)
        self.assertIn("Known for years", self.messages(kept))
        self.assertEqual(self.rows_of(invoice).partner_id, kept)
        self.assertLedger()

    def test_merge_in_each_company_by_itself(self):
        other = self.setup_other_company()["company"]
        self.billing.company_ids += other
        source, kept = self.make_pair()
        here = self.profiles._for(source), self.profiles._for(kept)
        there = self.profiles.with_company(other)._for(source)
        self.merge(self.billing, source, kept)
        self.assertFalse(here[0].exists())
        self.assertEqual(here[1].partner_id, kept)
        self.assertEqual(there.partner_id, kept)
        source, kept = self.make_pair()
        source.with_company(other).trust = "bad"
        with self.assertRaises(AccessError):
            self.merge(self.billing, source, kept)

    def test_merge_follows_the_children(self):
        source, kept = self.make_pair()
        old, new = self.profiles._for(source), self.profiles._for(kept)
        old._score()
        score = old.score_ids
        role = self.env["sale.collection.contact.role"].create(
            {"customer_id": source.id, "contact_id": self.partner_b.id}
        )
        old.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self.merge(self.controller, source, kept)
        self.assertTrue(score)
        self.assertEqual(score.profile_id, new)
        self.assertEqual(role.customer_id, kept)
        self.assertEqual(new.activity_ids.mapped("summary"), ["Call"])

    def test_merge_into_customer_without_profile(self):
        source, kept = self.make_pair()
        profile = self.profiles._for(source)
        self.merge(self.billing, source, kept)
        self.assertEqual(profile.partner_id, kept)

    def test_change_of_parent_by_billing_user(self):
        source, parent = self.make_pair()
        source.is_company = False
        invoice = self.create_invoice(100, partner=source)
        self.pay(invoice, 40)
        self.cr.flush()
        old, new = self.profiles._for(source), self.profiles._for(parent)
        old.payment_weekday = "4"
        source.with_user(self.billing).parent_id = parent
        self.cr.flush()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())
        self.assertEqual(self.rows_of(invoice).partner_id, parent)
        queued = (
            self.env["sale.collection.queue"].sudo().search([("kind", "=", "partner")])
        )
        self.assertLessEqual({source.id, parent.id}, set(queued.mapped("ref")))
        self.assertLedger()
