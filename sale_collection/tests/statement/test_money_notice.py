from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestMoneyNotice(CollectionCommon):
    """Who hears of money, how often, and whom it earns a thank you."""

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

    # === REPS ===#

    def test_one_message_says_it_all(self):
        late = self.create_invoice(100, due=self.today - timedelta(40))
        part = self.create_invoice(80, due=self.today + timedelta(9))
        self.create_invoice(30, due=self.today - timedelta(5))
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "date": self.today,
                "amount": 100,
                "line_ids": [Command.set(self.receivable_lines(late).ids)],
            }
        )
        promise.action_open()
        self.receive(late)
        self.receive(part, 50)
        promise._evaluate(self.today)
        self.assertEqual(self.tell().amount, 150)
        message = self.messages(self.owner)
        self.assertEqual(len(message), 1)
        self.assertEqual(self.subject(self.owner), "Customer paid $ 150.00")
        self.assertEqual((message.model, message.res_id), self.on_profile())
        text = message.preview + message.body.striptags()
        for part_of_it in (
            late.name,
            part.name,
            "days late",
            "on time",
            "$ 30.00 of it still open",
            f"{promise.name} is kept",
            "Still open: $ 60.00",
            "overdue $ 30.00",
        ):
            self.assertIn(part_of_it, " ".join(text.split()).replace("\xa0", " "))

    def on_profile(self):
        return ("sale.collection.profile", self.profile.id)

    def test_told_once_and_then_hourly(self):
        self.receive(self.create_invoice(100))
        first = self.tell()
        self.assertFalse(self.tell())
        self.receive(self.create_invoice(10))
        self.receive(self.create_invoice(5))
        due, later = self.notices._collect_due()
        self.assertFalse(due)
        self.assertEqual(len(later), 1)
        self.make_earlier(first, minutes=61)
        second = self.tell()
        self.assertEqual(second.amount, 15)
        self.assertEqual(len(self.messages(self.owner)), 2)

    def test_salesperson_of_the_invoice_hears_of_that_invoice_alone(self):
        self.receive(self.create_invoice(100, invoice_user_id=self.colleague.id))
        self.receive(self.create_invoice(40))
        self.tell()
        message = self.messages(self.colleague)
        self.assertEqual(self.subject(self.colleague), "Customer paid $ 100.00")
        self.assertNotIn("open", message.body)
        self.assertFalse(message.res_id)
        self.assertEqual(self.subject(self.owner), "Customer paid $ 140.00")

    def test_no_news(self):
        """Undone money, money of long ago, money from before the installation."""
        undone = self.receive(self.create_invoice(100))
        undone.action_draft()
        self.pay(self.create_invoice(70), date=self.today - timedelta(60))
        self.receive(self.create_invoice(30))
        self.env.cr.flush()
        self.notices._skip_present()
        self.assertFalse(self.tell())
        self.assertFalse(self.messages(self.owner))

    def test_switched_off(self):
        self.company.collection_money_notice = False
        self.receive(self.create_invoice(100))
        self.assertFalse(self.tell())

    def test_queue_wakes_the_messages(self):
        self.receive(self.create_invoice(100))
        self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]).unlink()
        profiles = self.env["sale.collection.profile"].sudo()
        profiles._refresh_touched(self.customer)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertEqual(len(triggers), 1)
        profiles._refresh_touched(self.customer)
        self.assertEqual(triggers.search_count([("cron_id", "=", self.cron.id)]), 1)
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertEqual(len(self.messages(self.owner)), 1)

    def test_one_customer_that_fails_stops_nobody(self):
        other = self.env["res.partner"].create(
            {"name": "Other", "user_id": self.owner.id}
        )
        self.receive(self.create_invoice(100))
        self.receive(self.create_invoice(50, partner=other))
        tell = self.registry["sale.collection.money.notice"]._tell

        def poisoned(notices, due):
            if self.profile in due:
                raise ZeroDivisionError("a figure too much")
            return tell(notices, due)

        self.patch(self.registry["sale.collection.money.notice"], "_tell", poisoned)
        due, _later = self.notices._collect_due()
        with mute_logger("odoo.addons.sale_collection.models.statement.money_notice"):
            self.notices._tell_safely(due)
        self.assertEqual(self.subject(self.owner), "Other paid $ 50.00")

    def test_many_customers_cost_no_more_queries(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(8)]
        )
        for partner in partners:
            self.receive(self.create_invoice(10, partner=partner))
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            due, _later = self.notices._collect_due()
        self.assertEqual(len(due), 8)

    # === THANKS ===#

    def remind(self, invoices, **values):
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "email": "clerk@example.com"}
        )
        ladder = self.env["sale.collection.ladder"].sudo().create({"name": "Plan"})
        step = (
            self.env["sale.collection.ladder.step"]
            .sudo()
            .create(
                {"ladder_id": ladder.id, "name": "Call", "days": 3, "channel": "call"}
            )
        )
        return (
            self.env["sale.collection.reminder"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "profile_id": self.profile.id,
                    "partner_id": self.customer.id,
                    "recipient_id": contact.id,
                    "ladder_id": ladder.id,
                    "step_id": step.id,
                    "channel": "mail",
                    "date": self.today - timedelta(3),
                    "state": "sent",
                    "line_ids": [
                        Command.create(
                            {
                                "company_id": self.company.id,
                                "line_id": line.id,
                                "step_id": step.id,
                            }
                        )
                        for line in self.receivable_lines(invoices)
                    ],
                    **values,
                }
            )
        )

    def test_thanks_for_all_a_reminder_asked_for(self):
        self.company.collection_thank_you = True
        first, second = self.create_invoice(100), self.create_invoice(40)
        reminder = self.remind(first + second)
        self.receive(first)
        notice = self.tell()
        self.assertFalse(notice.thanked_id, "half of it is still open")
        self.make_earlier(notice, hours=2)
        self.receive(second)
        notice = self.tell()
        self.assertEqual(notice.thanked_id, reminder.recipient_id)
        message = self.profile.message_ids.filtered("partner_ids")[:1]
        self.assertEqual(message.partner_ids, reminder.recipient_id)
        self.assertIn("thank you", message.subject)
        self.assertIn(second.name, message.body)

    def test_no_thanks(self):
        for name, setting, values in (
            ("not wanted", False, {}),
            ("nobody asked", True, {"state": "dropped"}),
            ("asked by phone", True, {"channel": "call"}),
            ("long ago", True, {"date": self.today - timedelta(90)}),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.company.collection_thank_you = setting
                invoice = self.create_invoice(100)
                self.remind(invoice, **values)
                self.receive(invoice)
                self.assertFalse(self.tell().thanked_id)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_no_thanks_from_a_copy(self):
        self.company.collection_thank_you = True
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "true")
        invoice = self.create_invoice(100)
        self.remind(invoice)
        self.receive(invoice)
        self.assertFalse(self.tell().thanked_id)
