from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCreditPolicy(CollectionCommon):
    """The policy follows core's fields; by hand are prepayment and a limit of 0."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-02 09:00:00"))
        cls.company.account_use_credit_limit = True
        cls.customer = cls.customer.with_company(cls.company)
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.controller = new_test_user(
            cls.env, "p_controller", "sale_collection.group_credit_controller"
        )

    def available(self):
        self.env.flush_all()
        return self.profile._get_live_facts()[self.customer.id]["available_credit"]

    def set_default(self, amount):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", amount, company_id=self.company.id
        )

    def assertPolicy(self, policy, available):
        self.assertEqual(self.profile.credit_policy, policy)
        self.assertEqual(self.available(), available)
        found = self.profile.search([("credit_policy", "=", policy)])
        self.assertIn(self.profile, found)
        groups = self.profile._read_group(
            [("id", "=", self.profile.id)], ["credit_policy"], ["__count"]
        )
        self.assertEqual(groups, [(policy, 1)])

    def test_limit_entered_on_the_customer(self):
        self.create_invoice(90)
        self.assertPolicy("unlimited", None)
        self.customer.with_user(self.controller).credit_limit = 100
        self.assertPolicy("limit", 10)
        self.customer.with_user(self.controller).use_partner_credit_limit = False
        self.assertPolicy("unlimited", None)

    def test_limits_switched_on_later(self):
        self.company.account_use_credit_limit = False
        other = self.env["res.partner"].create({"name": "Other"})
        second = self.profile._for(other)
        self.customer.credit_limit = 500
        self.assertPolicy("unlimited", None)
        self.company.account_use_credit_limit = True
        self.assertPolicy("limit", 500)
        self.assertEqual(second.credit_policy, "unlimited")
        self.set_default(300.0)
        second.invalidate_recordset()
        self.assertEqual(second.credit_policy, "limit", "default of the company")
        self.assertPolicy("limit", 500)

    def test_switching_limits_on_refreshes(self):
        self.company.account_use_credit_limit = False
        self.customer.credit_limit = 500
        queue = self.env["sale.collection.queue"].sudo()
        self.env.flush_all()
        queue.search([]).unlink()
        self.company.account_use_credit_limit = True
        self.env.flush_all()
        queued = queue.search([("kind", "=", "partner")]).mapped("ref")
        self.assertIn(self.customer.id, queued)

    def test_limit_of_nothing_ends_by_hand(self):
        profile = self.profile.with_user(self.controller)
        profile.credit_policy = "limit"
        self.assertPolicy("limit", 0)
        self.customer.credit_limit = 400
        self.assertPolicy("limit", 400)
        self.customer.credit_limit = 0
        self.assertPolicy("unlimited", None)
        profile.credit_policy = "limit"
        profile.credit_policy = "unlimited"
        self.assertPolicy("unlimited", None)

    def test_prepayment_ends_by_hand_only(self):
        profile = self.profile.with_user(self.controller)
        profile.credit_policy = "prepay"
        self.customer.credit_limit = 400
        self.assertPolicy("prepay", 0)
        profile.credit_policy = "limit"
        self.assertPolicy("limit", 400)

    def test_no_limit_is_none_in_core_too(self):
        self.set_default(300.0)
        self.assertPolicy("limit", 300)
        self.profile.with_user(self.controller).credit_policy = "unlimited"
        self.assertEqual(self.customer.credit_limit, 0)
        self.assertPolicy("unlimited", None)

    def test_by_hand_is_not_for_rpc(self):
        profile = self.profile.with_user(self.controller)
        profile.write({"credit_policy_by_hand": "prepay"})
        self.assertFalse(self.profile.sudo().credit_policy_by_hand)
        with self.assertRaises(AccessError):
            profile.read(["credit_policy_by_hand"])
