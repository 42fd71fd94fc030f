from odoo import Command
from odoo.tests import tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestDecision(SettlementCommon):
    """Adjustments by hand stand in the log of decisions, for managers alone."""

    def log(self, user):
        self.env.flush_all()
        decisions = self.env["sale.collection.decision"].with_user(user)
        return decisions.search(
            [("kind", "=", "adjustment"), ("company_id", "=", self.company.id)]
        )

    def test_adjustment_of_a_settlement(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        draft.line_ids = [Command.create({"name": "Fair", "amount": 25})]
        self.assertFalse(self.log(self.manager))
        draft.action_confirm()
        row = self.log(self.manager)
        self.assertRecordValues(
            row,
            [
                {
                    "amount": 25,
                    "what": self.rep.name,
                    "reason": "Fair",
                    "document": draft.name,
                    "asked_by_id": self.manager.id,
                    "user_id": self.manager.id,
                    "decided_on": draft.confirmed_at.date(),
                }
            ],
        )
        self.assertEqual(row.action_open()["res_id"], draft.id)
        controller, accountant = self.new_users(
            "adjusted",
            controller="sale_collection.group_credit_controller",
            accountant="account.group_account_readonly",
        )
        for user in (controller, accountant, self.rep):
            self.assertFalse(self.log(user), user.login)
