from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import REP
from .test_promise import PromiseCommon


@tagged("post_install", "-at_install")
class TestPromiseAccess(PromiseCommon):
    """A rep promises for own customers; only the manager cancels another's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.colleague, cls.clerk, cls.auditor, cls.manager = cls.new_users(
            "promise",
            rep=REP,
            peer=REP,
            clerk="account.group_account_invoice",
            auditor="account.group_account_readonly",
            manager="sale_collection.group_manager",
        )
        cls.customer.user_id = cls.rep
        cls.profile.sudo().user_id = cls.rep
        # of a colleague: the rep cannot read this invoice, but collects for it
        cls.invoice = cls.create_invoice(1000, invoice_user_id=cls.manager.id)

    def promise_as(self, user, amount=1000, **values):
        promise = self.promises.with_user(user).create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": "2026-03-10",
                **values,
            }
        )
        promise.action_open()
        return promise

    def test_rep_on_own_customer(self):
        promise = self.promise_as(self.rep)
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.user_id, self.rep)
        self.assertEqual(promise.allocation_ids.line_name, self.invoice.name)
        promise.action_cancel()
        self.assertEqual(promise.state, "cancelled")

    def test_rep_not_on_foreign_customer(self):
        promise = self.promise_as(self.rep)
        self.assertFalse(self.promises.with_user(self.colleague).search([]))
        with self.assertRaises(AccessError):
            promise.with_user(self.colleague).read(["amount"])
        with self.assertRaises(AccessError):
            self.promise_as(self.colleague)
        self.assertFalse(
            self.env["sale.collection.promise.allocation"]
            .with_user(self.colleague)
            .search([])
        )

    def test_only_the_manager_cancels_anothers(self):
        promise = self.promise_as(self.rep)
        with self.assertRaises(AccessError):
            promise.with_user(self.clerk).action_cancel()
        self.assertEqual(promise.state, "open")
        promise.with_user(self.manager).action_cancel()
        self.assertEqual(promise.cancelled_by_id, self.manager)

    def test_nobody_takes_over_anothers(self):
        promise = self.promise_as(self.rep).with_user(self.clerk)
        with self.assertRaisesRegex(AccessError, "hand it over"):
            promise.user_id = self.clerk
        promise.with_user(self.rep).user_id = self.clerk
        promise.action_cancel()
        self.assertEqual(promise.state, "cancelled")

    def test_judgement_is_not_set_by_hand(self):
        with self.assertRaisesRegex(UserError, "are not set"):
            self.promise_as(self.rep, cancelled_by_id=self.rep.id)
        draft = self.promises.with_user(self.rep).create(
            {"profile_id": self.profile.id, "date": "2026-03-10"}
        )
        with self.assertRaisesRegex(UserError, "are not set"):
            draft.fulfilment = 1

    def test_dialogs_tell_nothing_of_foreign_customers(self):
        for model, fields in (
            ("sale.collection.promise", {"allocation_ids": {"fields": {}}}),
            ("sale.collection.contact.log", {"amount_overdue": {}}),
            ("sale.collection.contact.log", {"line_ids": {"fields": {"move_id": {}}}}),
        ):
            dialog = self.env[model].with_user(self.colleague)
            values = {"profile_id": self.profile.id}
            with self.assertRaises(AccessError):
                dialog.onchange(values, ["profile_id"], {"profile_id": {}, **fields})
            with self.assertRaises(AccessError):
                dialog.with_context(default_profile_id=self.profile.id).onchange(
                    {}, [], {"profile_id": {}, **fields}
                )
        with self.assertRaises(AccessError):
            dialog.create({"profile_id": self.profile.id, "type": "call"})

    def test_auditor_reads_only(self):
        promise = self.promise_as(self.rep)
        self.assertEqual(promise.with_user(self.auditor).amount, 1000)
        with self.assertRaises(AccessError):
            self.promise_as(self.auditor)
        with self.assertRaises(AccessError):
            promise.with_user(self.auditor).action_cancel()

    def test_parts_of_a_given_promise_are_settled(self):
        promise = self.promise_as(self.rep)
        part = promise.allocation_ids
        for change in (
            lambda: part.write({"amount": 5}),
            lambda: part.write({"is_live": False}),
            lambda: part.unlink(),
            lambda: promise.plan_line_ids.create(
                {"promise_id": promise.id, "date": "2026-03-01", "amount": 5}
            ),
        ):
            with self.assertRaises(UserError):
                change()
        self.assertTrue(part.is_live)

    def test_other_company(self):
        other = self.env["res.company"].sudo().create({"name": "Other company"})
        user = new_test_user(
            self.env,
            login="promise_elsewhere",
            groups="sale_collection.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        promise = self.promise_as(self.rep)
        self.assertFalse(self.promises.with_user(user).search([]) & promise)
