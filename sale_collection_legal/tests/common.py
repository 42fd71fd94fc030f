from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command

from odoo.addons.sale_collection.tests.common import CollectionCommon


class LegalCommon(CollectionCommon):
    """A customer that owes 1,000 for years, a collector and two controllers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._collection_today()
        cls.collector, cls.controller, cls.second, cls.accountant = cls.new_users(
            "legal",
            collector="sale_collection.group_all_customers",
            controller="sale_collection.group_credit_controller",
            second="sale_collection.group_credit_controller",
            accountant="account.group_account_invoice",
        )
        cls.company.collection_controller_id = cls.controller
        cls.handovers = cls.env["sale.collection.handover"]
        cls.clocks = cls.env["sale.collection.limitation"]
        cls.requests = cls.env["sale.collection.write.off"]
        cls.customer.user_id = cls.collector
        cls.agency = cls.env["res.partner"].create({"name": "Agency"})
        # Due three years ago and 60 days: lost in 60 days.
        cls.due = cls.today - relativedelta(years=3) + timedelta(60)
        cls.invoice = cls.create_invoice(1000, cls.due - timedelta(30), cls.due)
        cls.line = cls.receivable_lines(cls.invoice)
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env.cr.flush()

    @classmethod
    def day(cls, number):
        return cls.today + timedelta(number)

    @classmethod
    def prepare(cls, lines=None, user=None, **values):
        """Return a draft of a hand-over as a collector makes it."""
        values = {
            "profile_id": cls.profile.id,
            "receiver_id": cls.agency.id,
            "line_ids": [
                Command.create({"line_id": line.id}) for line in lines or cls.line
            ],
            **values,
        }
        draft = cls.handovers.with_user(user or cls.collector).create(values)
        cls.env.cr.flush()
        return draft

    @classmethod
    def hand_over(cls, lines=None, **values):
        handover = cls.prepare(lines, **values)
        handover.action_hand_over()
        cls.env.cr.flush()
        return handover

    def run_night(self, *phases, today=None):
        self.env.cr.flush()
        run = self.env["sale.collection.run"].sudo()
        return run._run(date.fromisoformat(str(today or self.today)), phases=phases)

    def touch(self):
        """Do what follows within a minute of a payment."""
        self.env.cr.flush()
        self.env["sale.collection.profile"].sudo()._refresh_touched(self.customer)
        self.env.invalidate_all()
