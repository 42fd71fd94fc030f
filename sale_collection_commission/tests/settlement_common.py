from odoo import Command

from odoo.addons.sale_collection.tests.common import CollectionCommon


class SettlementCommon(CollectionCommon):
    """Two reps, a manager, a plan of 10 % and shortcuts to settle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_salesman,sale_collection.group_user"
        cls.rep, cls.other_rep = (
            cls.create_user(login, groups) for login in ("settled", "settled_too")
        )
        cls.manager = cls.create_user("settler", "sale_collection.group_manager")
        cls.settlements = cls.env["sale.collection.settlement"].with_user(cls.manager)
        cls.entries = cls.env["sale.collection.commission.entry"].sudo()
        cls.plan = cls.env["sale.collection.commission.plan"].create(
            {
                "name": "Plan",
                "date_from": "2025-01-01",
                "rate_ids": [Command.create({"percent": 10})],
                "factor_ids": [Command.create({"days_from": 0, "factor": 1})],
            }
        )

    @classmethod
    def create_user(cls, login, groups):
        return cls.new_user(login, groups, email=f"{login}@example.com")

    def sell(self, amount, rep=None, paid=None, **values):
        """Return an invoice of a rep, paid in full on the day `paid`."""
        invoice = self.create_invoice(
            amount, invoice_user_id=(rep or self.rep).id, **values
        )
        if paid:
            self.pay(invoice, date=paid)
        return invoice

    def prepare(self, month="2026-01", rep=None, first="01", last="31"):
        """Return the drafts of a rep for a month, or a part of it."""
        self.env.cr.flush()
        return self.settlements._prepare(
            rep or self.rep, f"{month}-{first}", f"{month}-{last}"
        )

    def settle(self, month="2026-01", rep=None, **bounds):
        drafts = self.prepare(month, rep, **bounds)
        drafts.action_confirm()
        return drafts

    def assertPays(self, settlement, **amounts):
        """Assert `amount_*` fields of one settlement."""
        values = {f"amount_{name}": amount for name, amount in amounts.items()}
        self.assertRecordValues(settlement, [values])
