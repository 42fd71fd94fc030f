from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import REP, CollectionCommon


@tagged("post_install", "-at_install")
class TestPromiseTour(CollectionCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.clerk = cls.new_users(
            "promise_tour",
            rep=REP,
            clerk="account.group_account_invoice",
        )
        cls.customer.write({"name": "Tour customer", "user_id": cls.rep.id})
        today = fields.Date.today()
        for amount in (1000, 500):
            cls.create_invoice(amount, today - timedelta(90), today - timedelta(60))
        profiles = cls.env["sale.collection.profile"].sudo()
        cls.profile = profiles._for(cls.customer)
        cls.profile._refresh()

    def test_rep(self):
        self.start_tour(
            f"/odoo/action-sale_collection.profile_action/{self.profile.id}",
            "sale_collection_promise_rep",
            login=self.rep.login,
        )
        promise = self.profile.promise_ids
        self.assertRecordValues(
            promise, [{"state": "open", "amount": 1200, "user_id": self.rep.id}]
        )
        self.assertEqual(promise.date.weekday(), 4)
        self.assertEqual(promise.allocation_ids.mapped("amount"), [800, 400])

    def test_accountant(self):
        self.create_invoice(70, partner=self.partner_a)
        self.start_tour(
            "/odoo/action-account.action_move_out_invoice_type",
            "sale_collection_promise_accountant",
            login=self.clerk.login,
        )
        states = self.profile.promise_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["superseded", "open"])
        plan = self.profile.promise_ids.filtered(lambda one: one.state == "open")
        self.assertEqual(plan.plan_line_ids.mapped("amount"), [500, 500, 500])
