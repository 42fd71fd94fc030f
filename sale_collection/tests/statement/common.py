from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from ..common import CollectionCommon


class MoneyNoticeCommon(CollectionCommon):
    """A customer, the people who look after it, and money that comes in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notices = cls.env["sale.collection.money.notice"].sudo()
        cls.notices._skip_present()
        cls.cron = cls.env.ref("sale_collection.cron_money_notice").sudo()
        cls.today = cls.company._collection_today()
        cls.owner, cls.colleague = (
            new_test_user(
                cls.env(su=True),
                login=login,
                groups="sale_collection.group_user",
                notification_type="inbox",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for login in ("owner", "colleague")
        )
        cls.customer.write({"user_id": cls.owner.id, "email": "c@example.com"})
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)

    def receive(self, invoice, amount=None, **values):
        """Book money of today and let the ledger know."""
        payment = self.pay(invoice, amount, date=self.today, **values)
        self.env.cr.flush()
        self.profile._refresh()
        return payment

    def tell(self):
        due, _later = self.notices._collect_due()
        return self.notices._tell(due)

    def messages(self, user):
        self.env.invalidate_all()
        messages = self.env["mail.message"].sudo()
        return messages.search([("partner_ids", "in", user.partner_id.ids)], order="id")

    def subject(self, user):
        return self.messages(user).subject.replace("\xa0", " ")

    def make_earlier(self, notices, **age):
        self.env.cr.execute(
            "UPDATE sale_collection_money_notice SET create_date = %s WHERE id IN %s",
            (fields.Datetime.now() - timedelta(**age), notices._ids),
        )
        notices.invalidate_recordset()
