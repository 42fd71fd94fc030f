from datetime import date, timedelta

from odoo import Command

from odoo.addons.sale_collection.tests.common import CollectionCommon


class FieldCommon(CollectionCommon):
    """A rep with a customer that owes 1,000, overdue, and an accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Monday to Friday", "tz": "UTC"}
        )
        cls.notices = cls.env["sale.collection.notice"]
        cls.rep, cls.accountant, cls.controller = cls.new_users(
            "field",
            rep="sale_collection.group_user",
            accountant="account.group_account_invoice",
            controller="sale_collection.group_credit_controller",
        )
        cls.customer.user_id = cls.rep
        cls.today = cls.company._collection_today()
        cls.invoice = cls.create_invoice(1000, cls.day(-60), cls.day(-30))
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.env.cr.flush()

    @classmethod
    def day(cls, number):
        return cls.today + timedelta(number)

    @classmethod
    def report(cls, amount=1000, user=None, **values):
        """Return a payment notice as a rep makes it."""
        values = {"profile_id": cls.profile.id, "amount": amount, **values}
        notice = cls.notices.with_user(user or cls.rep).create(values)
        cls.env.cr.flush()
        return notice

    def run_night(self, today=None):
        """Look for the money of notices as the night does."""
        today = today or self.today
        self.env.cr.flush()
        run = self.env["sale.collection.run"].sudo()
        return run._run(date.fromisoformat(str(today)), phases=["notices"])

    def touch(self):
        """Do what follows within a minute of a payment."""
        self.env.cr.flush()
        self.env["sale.collection.profile"].sudo()._refresh_touched(self.customer)

    def read_covered(self, today=None):
        """Return {instalment: (amount, last day, why)} of what is covered."""
        self.env.flush_all()
        query = self.env["sale.collection.cover"]._get_cover_sql(
            self.company, today or self.today
        )
        return {
            line_id: (float(amount), until, kind)
            for line_id, amount, until, kind in self.env.execute_query(query)
        }

    def parts(self, *pairs):
        """Return commands of instalments with what was paid of each."""
        return [
            Command.clear(),
            *(
                Command.create({"line_id": line.id, "amount": amount})
                for line, amount in pairs
            ),
        ]
