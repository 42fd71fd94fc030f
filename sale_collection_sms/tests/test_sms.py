from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.sale_collection_reminder.tests.common import ReminderCommon
from odoo.addons.sms.tests.common import SMSCase

from ..tools import sms

NIGHT = "2026-02-05"


@tagged("post_install", "-at_install")
class TestSms(SMSCase, ReminderCommon):
    """Reminders by text message: what they say, cost, and how they fail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-02-05 09:00:00"))
        cls.customer.phone = "+15550100"
        cls.first = cls.step(5)
        cls.first.write(
            {
                "channel": "sms",
                "pay_days": 7,
                "sms_text": "{company}: {amount} due {due}, pay by {pay_by}. {sender}",
            }
        )
        [cls.manager] = cls.new_users("sms", boss="sale_collection.group_manager")

    def prepare(self, *partners):
        """Return reminders of 1,000 each that are ready to go out."""
        for partner in partners or (self.customer,):
            self.create_invoice(1000, partner=partner)
        return self.night(NIGHT)

    def next_attempt(self, reminder):
        return self.reminders.search([("previous_id", "=", reminder.id)])

    def item(self, reminder):
        """Return the message in the queue of core."""
        return self.env["sms.sms"].sudo().search([("uuid", "=", reminder.sms_uuid)])

    def deliver(self, reminder, **values):
        """Have core's queue send what waits, without a network."""
        with self.mockSMSGateway(**values):
            self.item(reminder)._send()

    # === SENT ===#

    def test_text_is_queued_with_the_reminder_and_sent_after_it(self):
        found = self.prepare()
        self.assertEqual((found.channel, found.state), ("sms", "ready"))
        self.assertEqual(self.send(NIGHT), found)
        item = self.item(found)
        self.assertRecordValues(
            item,
            [
                {
                    "number": "+15550100",
                    "partner_id": self.customer.id,
                    "state": "outgoing",
                    "body": f"{self.company.name}: $ 1,000.00 due 01/31/2026, "
                    f"pay by 02/12/2026. {found.sender_name}".strip(),
                }
            ],
        )
        self.assertEqual(found.state, "queued")
        message = found.message_id
        profile = found.profile_id
        self.assertEqual((message.model, message.res_id), (profile._name, profile.id))
        self.assertEqual(message.message_type, "sms")
        self.assertIn(item.body, found.body)
        self.deliver(found)
        self.assertEqual(self._sms[0]["body"], item.body)
        self.assertEqual(found.state, "sent")
        self.assertFalse(self.next_attempt(found))
        # A step done: the night asks for the same no more.
        self.assertFalse(self.night("2026-02-06"))

    def test_words_in_the_language_of_the_recipient(self):
        self.load_language("fr_FR")
        self.customer.lang = "fr_FR"
        self.first.with_context(lang="fr_FR").sms_text = "Payez {amount} ({due})"
        found = self.prepare()
        self.send(NIGHT)
        self.assertEqual(self.item(found).body, "Payez $ 1 000,00 (31/01/2026)")

    def test_words_of_a_person_go_out_as_they_are(self):
        self.first.automatic = False
        found = self.prepare()
        self.assertEqual(found.state, "candidate")
        with Form(found.with_user(self.manager)) as form:
            form.body = "<p>Dear Ann, please pay</p>"
        found._send(date.fromisoformat(NIGHT))
        self.assertEqual(self.item(found).body, "Dear Ann, please pay")

    def test_link_to_pay_stands_at_the_end(self):
        found = self.prepare()
        text = self.env.registry["sale.collection.reminder.text"]
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        with patch.object(text, "_find_providers", lambda *_args: provider):
            self.send(NIGHT)
        body = self.item(found).body
        move = found.line_ids.line_id.move_id
        self.assertTrue(body.endswith("&payment=True#portal_pay"), body)
        self.assertIn(f"{move.get_base_url()}{move.access_url}?access_token=", body)

    # === NOT SENT ===#

    def test_without_a_number_the_e_mail_goes(self):
        self.customer.phone = False
        found = self.prepare()
        self.assertEqual(found.channel, "mail")
        self.assertEqual(self.send(NIGHT), found)
        self.assertTrue(found.mail_id)
        self.assertFalse(found.sms_uuid)
        self.assertIn("<table", found.body)

    def test_number_lost_after_the_text_was_confirmed(self):
        self.first.automatic = False
        found = self.prepare()
        found.action_confirm()
        self.assertNotIn("<table", found.fixed_body)
        self.customer.phone = False
        self.assertEqual(self.send(NIGHT, found), found)
        self.assertEqual(found.channel, "mail")
        self.assertIn("<table", found.body)

    def test_landlines_get_none(self):
        class Kinds:
            FIXED_LINE, TOLL_FREE, PREMIUM_RATE, SHARED_COST = 0, 3, 4, 5

        class Library:
            PhoneNumberType, NumberParseException = Kinds, KeyError
            parse = staticmethod({"+49301": 0, "+49170": 1}.__getitem__)
            number_type = staticmethod(int)

        with patch.object(sms, "phonenumbers", Library):
            found = [sms.is_mobile(number) for number in ("+49301", "+49170", "x")]
        self.assertEqual(found, [False, True, False])

    def test_opted_out(self):
        self.env["phone.blacklist"].sudo().create({"number": "+15550100"})
        found = self.prepare()
        self.assertFalse(self.send(NIGHT))
        self.assertEqual((found.state, found.reason), ("failed", "blacklisted"))
        self.assertFalse(found.sms_uuid)
        second = self.next_attempt(found)
        self.assertEqual((second.channel, second.state), ("mail", "ready"))
        self.assertEqual(self.send(NIGHT), second)
        self.assertIn("<table", second.body)

    def test_refused_by_the_provider(self):
        found = self.prepare()
        for error, reason in (
            ("wrong_number_format", "bounced"),
            ("insufficient_credit", "error"),
        ):
            with self.subTest(error=error), self.cr.savepoint() as point:
                self.send(NIGHT)
                self.deliver(found, sim_error=error)
                self.assertEqual((found.state, found.reason), ("failed", reason))
                self.assertTrue(found.note)
                self.assertEqual(self.next_attempt(found).channel, "mail")
                point.rollback()

    def test_not_delivered_as_reported_later(self):
        found = self.prepare()
        self.send(NIGHT)
        self.deliver(found)
        tracker = self.env["sms.tracker"].sudo()
        tracker = tracker.search([("sms_uuid", "=", found.sms_uuid)])
        self.assertEqual(found.state, "sent")
        tracker._action_update_from_provider_error("not_delivered")
        self.assertEqual((found.state, found.reason), ("failed", "bounced"))
        self.assertEqual(self.next_attempt(found).channel, "mail")
        tracker._action_update_from_provider_error("not_delivered")
        self.assertEqual(len(self.next_attempt(found)), 1)

    def run_queue(self, down=()):
        """Run core's queue as the scheduler does: anew while it says more is left.

        :param down: numbers whose provider does not answer
        :return: the numbers written to, and how often the provider was called
        """
        left = []

        def commit(_cron, _processed=0, *, remaining=None, **_kwargs):
            left.append(remaining)

        errors = dict.fromkeys(down, "server_error")
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", commit),
            self.mockSMSGateway(nbr_t_error=errors),
        ):
            for _turn in range(6):
                left.clear()
                self.env["sms.sms"].sudo()._process_queue()
                if not any(left):
                    break
            calls = self._sms_api_contact_iap_mock.call_count
            return sorted(sent["number"] for sent in self._sms), calls

    def prepare_batches(self):
        """Queue three reminders and another message, in batches of two."""
        self.env["ir.config_parameter"].sudo().set_param("sms.session.batch.size", "2")
        numbers = {self.customer: "+15550100"}
        for number in ("+15550101", "+15550102"):
            partner = self.env["res.partner"].create({"name": number, "phone": number})
            numbers[partner] = number
        found = self.prepare(*numbers)
        self.send(NIGHT)
        self.env["sms.sms"].sudo().create({"number": "+15550199", "body": "Hello"})
        return found, sorted(numbers.values())

    def test_provider_that_is_down_is_asked_once_an_hour(self):
        found, numbers = self.prepare_batches()
        # Two batches, and the message of somebody else is not kept waiting.
        self.assertEqual(self.run_queue(numbers), (["+15550199"], 2))
        self.assertEqual(set(found.mapped("state")), {"queued"})
        triggers = self.env["ir.cron.trigger"].sudo()
        hour = datetime(2026, 2, 5, 10)
        queue = self.env.ref("sms.ir_cron_sms_scheduler_action")
        self.assertTrue(
            triggers.search([("cron_id", "=", queue.id), ("call_at", "=", hour)])
        )
        with freeze_time("2026-02-05 09:59:59"):
            self.assertEqual(self.run_queue(numbers), ([], 0))
        with freeze_time("2026-02-05 10:00:00"):
            self.assertEqual(self.run_queue(numbers), ([], 2))
            self.assertEqual(self.run_queue(numbers), ([], 0))
        with freeze_time("2026-02-05 11:00:00"):
            self.assertEqual(self.run_queue(), (numbers, 2))
        self.assertEqual(set(found.mapped("state")), {"sent"})
        self.assertFalse(self.reminders.search([("previous_id", "in", found.ids)]))

    def test_provider_that_is_down_for_a_day(self):
        found = self.prepare()
        self.send(NIGHT)
        self.deliver(found, sim_error="server_error")
        self.assertEqual(found.state, "queued")
        with freeze_time("2026-02-06 10:00:00"):
            self.assertEqual(self.run_queue(["+15550100"]), ([], 1))
        self.assertEqual(found.state, "failed")
        self.assertEqual(self.next_attempt(found).channel, "mail")
        with freeze_time("2026-02-06 12:00:00"):
            self.assertEqual(self.run_queue(), ([], 0))

    def test_retried_by_hand_or_dropped_while_it_waits(self):
        self.other.phone = "+15550111"
        found = self.prepare(self.customer, self.other)
        self.send(NIGHT)
        numbers = ["+15550100", "+15550111"]
        self.assertEqual(self.run_queue(numbers), ([], 1))
        mine = found.filtered(lambda one: one.partner_id == self.customer)
        self.deliver(mine)
        (found - mine)._drop("manual")
        with freeze_time("2026-02-05 10:00:00"):
            self.assertEqual(self.run_queue(), ([], 0))
        self.assertEqual(mine.state, "sent")
        self.assertEqual((found - mine).state, "dropped")

    def test_two_companies_in_one_queue(self):
        other = self.env["res.company"].create({"name": "Other"})
        messages = self.env["mail.message"].create(
            [
                {"body": company.name, "record_company_id": company.id}
                for company in (self.company, other)
            ]
        )
        items = self.env["sms.sms"].sudo()
        items = items.create(
            [
                {
                    "number": f"+1555012{number}",
                    "body": message.body,
                    "mail_message_id": message.id,
                }
                for number, message in enumerate(messages)
            ]
        )
        self.assertEqual(self.run_queue(), (["+15550120", "+15550121"], 2))
        self.assertEqual(set(items.mapped("state")), {"pending"})

    def test_taken_out_of_the_queue_by_hand(self):
        found = self.prepare()
        self.send(NIGHT)
        self.item(found).action_set_canceled()
        self.assertEqual((found.state, found.reason), ("dropped", "manual"))
        self.assertFalse(self.next_attempt(found))

    def test_one_that_fails_stops_no_other(self):
        self.other.phone = "+15550111"
        found = self.prepare(self.customer, self.other)
        self.env["phone.blacklist"].sudo().create({"number": "+15550111"})
        self.assertEqual(self.send(NIGHT).partner_id, self.customer)
        self.assertEqual(set(found.mapped("state")), {"queued", "failed"})

    # === WHAT IT COSTS ===#

    def dry_run(self):
        action = self.ladder.with_user(self.manager).action_open_go_live()
        dialog = self.env[action["res_model"]].with_user(self.manager)
        run = Form(dialog.with_context(**action["context"])).save()
        run.write({"date": NIGHT, "entry_date": "2026-01-01"})
        return run

    def test_dry_run_tells_the_cost(self):
        self.company.collection_sms_price = 0.075
        self.first.sms_text = "{company} {amount} " + "a" * 160
        self.other.phone = "+15550111"
        self.ladder.action_switch_off()
        deaf, mute = self.env["res.partner"].create(
            [
                {"name": "Deaf", "phone": "+15550122", "email": "deaf@example.com"},
                {"name": "Mute", "email": "mute@example.com"},
            ]
        )
        self.env["phone.blacklist"].sudo().create({"number": "+15550122"})
        for partner in (self.customer, self.other, deaf, mute):
            self.create_invoice(1000, partner=partner)
        self.env.cr.flush()
        run = self.dry_run()
        found = {
            line.partner_id: (line.sms_parts, line.sms_cost) for line in run.line_ids
        }
        self.assertEqual(
            found,
            {
                self.customer: (2, 0.15),
                self.other: (2, 0.15),
                deaf: (0, 0.0),
                mute: (0, 0.0),
            },
        )
        self.assertEqual((run.sms_parts, run.sms_cost), (4, 0.3))

    def test_dry_run_counts_what_will_be_sent(self):
        self.company.collection_sms_price = 1
        texts = ("{amount} " + "a" * 150, "付 {company} {amount} {due} {pay_by} " * 3)
        for text in texts:
            with self.subTest(text=text), self.cr.savepoint() as point:
                self.first.sms_text = text
                self.create_invoice(1000)
                self.ladder.action_switch_off()
                self.env.cr.flush()
                run = self.dry_run()
                run.action_go_live()
                found = self.night(NIGHT)
                found._send(date.fromisoformat(NIGHT))
                body = self.item(found).body
                self.assertEqual(run.sms_parts, sms.count_parts(body))
                point.rollback()

    def test_as_many_queries_for_many_messages(self):
        self.ladder.action_switch_off()
        cost = self.env["sale.collection.reminder.sms.cost"].sudo()

        def count():
            self.env.flush_all()
            day, entry = date.fromisoformat(NIGHT), date(2026, 1, 1)
            messages = self.ladder._preview_night(day, entry)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = cost._estimate(self.company, messages, day)
            return len(found), self.cr.sql_log_count - before

        def more(number):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"More {number}", "phone": f"+1555{number:04}"}
                    for number in range(number)
                ]
            )
            for partner in partners:
                self.create_invoice(1000, partner=partner)

        more(2)
        count()
        few, first = count()
        more(12)
        many, second = count()
        self.assertEqual((few, many), (2, 14))
        self.assertLessEqual(second, first + 1)

    # === THE STEP ===#

    def test_texts_that_cannot_be_sent_are_refused(self):
        for values, words in (
            ({"sms_text": "Pay {sum}"}, r"\{sum\} is not known.*\{amount\}"),
            ({"sms_text": " "}, "write the text of the SMS"),
            ({"template_id": False}, "choose the e-mail template"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
                self.cr.savepoint(),
            ):
                self.first.write(values)
        with self.assertRaisesRegex(ValidationError, "Price of a text message"):
            self.company.collection_sms_price = -1

    def test_steps_and_messages_outlive_the_addon(self):
        found = self.prepare()
        self.first._give_up_sms()
        self.assertEqual(self.first.channel, "mail")
        found.write({"channel": "mail"})
        self.assertEqual(self.send(NIGHT), found)
        self.assertTrue(found.mail_id)
