from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MoneyNoticeCommon


@tagged("post_install", "-at_install")
class TestMoneyNotice(MoneyNoticeCommon):
    """Who hears of money, and how often."""

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

    def test_each_reads_it_in_their_language(self):
        self.load_language("zh_CN")
        self.owner.lang, self.colleague.lang = "zh_CN", "en_US"
        self.profile.user_id = self.colleague
        invoice = self.create_invoice(100, due=self.today)
        self.receive(invoice)
        notices = type(self.notices)

        def add_word(notice):
            lang = notice.env.lang
            return {one: [f"in {lang}"] for one in notice}

        with patch.object(notices, "_get_extra", add_word):
            self.tell()
        texts = {
            user: self.messages(user).subject + self.messages(user).body
            for user in (self.owner, self.colleague)
        }
        for user, words in (
            (self.owner, ("已付款", "没有其他未结款项", "in zh_CN")),
            (self.colleague, ("paid", "Nothing else is open", "in en_US")),
        ):
            for word in words:
                self.assertIn(word, texts[user])

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
