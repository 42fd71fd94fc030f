from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import ValidationError

from ..common import REP, CollectionCommon


class ContactCommon(CollectionCommon):
    """A customer with overdue money and the people who ask for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.peer, cls.controller, cls.accountant = cls.new_users(
            "talk",
            rep=REP,
            peer=REP,
            controller="sale_collection.group_credit_controller",
            accountant="account.group_account_invoice",
        )
        cls.company.collection_controller_id = cls.controller
        cls.overdue = cls.create_invoice(
            1000, "2026-01-01", "2026-01-31", invoice_user_id=cls.rep.id
        )
        cls.later = cls.create_invoice(
            500, "2026-02-01", "2026-04-30", invoice_user_id=cls.rep.id
        )
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env["sale.collection.profile"].sudo()._refresh()
        cls.price = cls.env.ref("sale_collection.reason_price_difference")
        cls.cash = cls.env.ref("sale_collection.reason_cash_shortage")

    @classmethod
    def create_dispute(cls, amount=300, invoice=None, user=None, **values):
        line = cls.receivable_lines(invoice or cls.overdue)
        return (
            cls.env["sale.collection.dispute"]
            .with_user(user or cls.env.user)
            .create(
                {
                    "profile_id": cls.profile.id,
                    "reason_id": cls.price.id,
                    "line_ids": [
                        Command.create({"line_id": line.id, "amount": amount})
                    ],
                    **values,
                }
            )
        )

    @contextmanager
    def assertRefused(self, message, error=ValidationError):
        """Assert that the block is refused with a message, leaving nothing behind."""
        with self.assertRaisesRegex(error, message), self.cr.savepoint():
            yield

    def facts(self):
        self.env.cr.flush()
        live = self.profile.sudo()._get_live_facts()
        return live[self.customer.id]
