from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminder(ReminderCommon):
    """Which reminders a day calls for, and what is sent of them."""

    # === THE WALK ===#

    def test_levels_walked_day_by_day(self):
        self.create_invoice()  # due on 31 January
        self.assertEqual(
            self.walk("2026-01-25", "2026-03-20"),
            [("2026-02-05", 5), ("2026-02-20", 20), ("2026-03-12", 40)],
        )

    def test_due_today_is_not_overdue(self):
        self.make_ladder((1,), pace="firm")
        self.create_invoice()
        self.assertFalse(self.night("2026-01-31"))

    def test_three_nights_missed(self):
        self.create_invoice()
        self.walk("2026-02-05", "2026-02-19")
        self.assertEqual(self.walk("2026-02-23", "2026-02-24"), [("2026-02-23", 20)])
        self.assertEqual(self.walk("2026-03-11", "2026-03-13"), [("2026-03-12", 40)])

    def test_prepared_twice_is_prepared_once(self):
        self.create_invoice()
        first = self.night("2026-02-05")
        self.assertEqual(first.state, "ready")
        self.assertFalse(self.night("2026-02-05"))
        self.assertEqual(len(self.send("2026-02-05")), 1)
        self.assertFalse(self.send("2026-02-05"))
        self.assertFalse(self.night("2026-02-06"))

    def test_quiet_days(self):
        self.company.collection_quiet_calendar_id = self.env[
            "resource.calendar"
        ].create({"name": "Weekdays", "tz": "UTC"})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "date_from": "2026-02-09 00:00:00",
                "date_to": "2026-02-09 23:00:00",
            }
        )
        self.create_invoice(due="2026-02-02")  # fifth day: Saturday
        self.assertEqual(self.walk("2026-02-02", "2026-02-12"), [("2026-02-10", 5)])

    def test_last_night_is_that_of_the_last_working_day(self):
        self.company.collection_quiet_calendar_id = self.env[
            "resource.calendar"
        ].create({"name": "Weekdays", "tz": "UTC"})
        self.create_invoice(due="2026-01-30", is_move_sent=False)
        kept = self.night("2026-02-05") | self.night("2026-02-06")  # Thursday, Friday
        self.assertEqual((len(kept), kept.state), (1, "dropped"))
        waiting = self.reminders.with_user(self.env.user)
        wanted = [("is_of_last_night", "=", True), ("company_id", "=", self.company.id)]
        for moment, found in (
            ("2026-02-06 10:00:00", kept),
            ("2026-02-08 10:00:00", kept),
            ("2026-02-09 10:00:00", kept),
            ("2026-02-10 10:00:00", kept.browse()),
        ):
            with self.subTest(moment), self.freeze(moment):
                self.assertEqual(waiting.search(wanted), found)

    def test_repeat(self):
        self.step(40).write({"repeat_days": 7, "repeat_max": 2})
        self.create_invoice()
        self.walk("2026-02-05", "2026-03-12")
        self.assertEqual(
            self.walk("2026-03-13", "2026-04-20"),
            [("2026-03-19", 40), ("2026-03-26", 40)],
        )
        lines = self.reminders.search([("step_id", "=", self.step(40).id)]).line_ids
        self.assertEqual(sorted(lines.mapped("cycle")), [1, 2, 3])

    # === MESSAGES ===#

    def test_three_invoices_at_three_steps_in_one_message(self):
        for due in ("2026-01-31", "2026-01-16", "2025-12-27"):
            self.create_invoice(100, "2025-12-01", due)
        self.walk("2026-01-01", "2026-02-04")
        self.reminders.search([]).line_ids.unlink()  # none reminded before
        self.assertEqual(self.night("2026-02-05").mapped("step_id.days"), [5])

        self.reminders.search([]).unlink()
        first = self.create_invoice(100, "2025-12-01", "2026-02-10")
        second = self.create_invoice(100, "2025-12-01", "2026-02-25")
        third = self.create_invoice(100, "2025-12-01", "2026-03-12")
        for move, step in ((first, 5), (second, 5)):
            self.claim(move, step)
        self.claim(first, 20)
        self.env["account.move"].search(
            [("partner_id", "=", self.customer.id)]
        ).filtered(lambda move: move not in (first | second | third)).button_draft()
        found = self.night("2026-03-22")
        self.assertEqual(found.step_id.days, 40)
        self.assertEqual(sorted(found.line_ids.mapped("step_id.days")), [5, 20, 40])
        self.assertEqual(found.amount_total, 300)

    def claim(self, move, days):
        """Have an invoice reminded at a step long ago."""
        line = self.receivable_lines(move)
        reminder = self.reminders.create(
            {
                "company_id": self.company.id,
                "profile_id": self.env["sale.collection.profile"]
                .sudo()
                ._for(move.partner_id)
                .id,
                "ladder_id": self.ladder.id,
                "step_id": self.step(days).id,
                "channel": "mail",
                "date": "2026-01-10",
                "state": "sent",
                "line_ids": [
                    Command.create(
                        {
                            "company_id": self.company.id,
                            "line_id": line.id,
                            "step_id": self.step(days).id,
                            "state": "sent",
                            "due_date": line.date_maturity,
                        }
                    )
                ],
            }
        )
        return reminder

    def test_notice_lists_what_was_reminded_before(self):
        old = self.create_invoice(100, due="2026-01-20")
        self.create_invoice(200, due="2026-01-31")
        self.walk("2026-01-25", "2026-02-04")
        found = self.night("2026-02-05")
        self.assertEqual(found.amount_total, 300)
        listed = found.line_ids.filtered("listed")
        self.assertEqual(listed.move_id, old)

    def test_announcement_is_per_invoice(self):
        ladder = self.make_ladder((-3, 0, 5), pace="firm")
        self.company.collection_ladder_id = ladder
        self.ladder.action_switch_off()
        self.create_invoice(100, due="2026-02-10")
        self.create_invoice(200, due="2026-02-10")
        found = self.night("2026-02-07")
        self.assertEqual(sorted(found.mapped("amount_total")), [100, 200])
        self.send("2026-02-07")
        self.assertFalse(self.night("2026-02-08"))
        self.assertEqual(len(self.night("2026-02-10")), 1)
        self.send("2026-02-10")
        # what is due is announced no more, what is missed neither
        self.create_invoice(300, due="2026-02-09")
        self.assertFalse(self.night("2026-02-12"))

    def test_gap_between_messages(self):
        self.ladder.gap_days = 4
        self.create_invoice(100, due="2026-01-31")
        self.create_invoice(200, due="2026-02-01")
        self.assertEqual(
            self.walk("2026-02-04", "2026-02-10"),
            [("2026-02-05", 5), ("2026-02-09", 5)],
        )
        waited = self.reminders.search([("reason", "=", "gap")])
        self.assertEqual(waited.amount_total, 300)

    # === MONEY ===#

    def test_paid_between_dry_run_and_sending(self):
        invoice = self.create_invoice()
        found = self.night("2026-02-05")
        self.pay(invoice)
        self.assertDroppedAtSending("paid", found)

    def test_partly_paid(self):
        invoice = self.create_invoice()
        found = self.night("2026-02-05")
        self.pay(invoice, 400)
        self.assertEqual(self.send("2026-02-05"), found)
        self.assertEqual(found.amount_total, 600)
        self.assertIn("600", found.mail_id.body_html)

    def test_one_of_two_paid(self):
        invoice = self.create_invoice(100)
        self.create_invoice(200)
        found = self.night("2026-02-05")
        self.pay(invoice)
        self.send("2026-02-05")
        self.assertEqual(found.amount_total, 200)
        self.assertEqual(found.note, f"{invoice.name}: Paid")

    def test_credit_note_covers(self):
        self.create_invoice(1000)
        credit = self.create_invoice(1000, move_type="out_refund", date="2026-02-01")
        self.assertKeptBack("covered")
        credit.button_draft()
        found = self.night("2026-02-05").filtered(lambda row: row.state == "ready")
        credit.action_post()
        self.assertDroppedAtSending("covered", found)

    def test_credits_are_netted(self):
        self.create_invoice(1000)
        self.create_invoice(300, move_type="out_refund", date="2026-02-01")
        found = self.night("2026-02-05")
        self.assertEqual((found.amount_total, found.amount_credit), (700, 300))

    def test_settled_debt_that_opens_again_starts_anew(self):
        invoice = self.create_invoice()
        self.walk("2026-02-05", "2026-02-20")
        payment = self.pay(invoice)
        self.assertFalse(self.night("2026-03-12"))
        payment.action_draft()
        payment.action_cancel()
        found = self.night("2026-04-20")
        self.assertEqual(found.step_id.days, 5)
        self.assertEqual(found.line_ids.cycle, 2)
        self.assertEqual(self.walk("2026-04-20", "2026-05-06")[-1][1], 20)

    def test_bank_line_that_fits(self):
        self.create_invoice()
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-04",
                "payment_ref": "thanks",
                "amount": 1000,
            }
        )
        self.assertKeptBack("bank_line")
        line.amount = 77
        self.assertEqual(self.night("2026-02-05").mapped("state"), ["ready"])

    def test_stale_bank(self):
        self.create_invoice()
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-01-20",
                "payment_ref": "anybody",
                "amount": -5,
            }
        )
        self.assertKeptBack("bank_stale")
        self.company.collection_stale_bank_days = 0
        self.assertEqual(self.night("2026-02-05").mapped("state"), ["ready"])

    # === PAUSES ===#

    def test_snooze_of_an_instalment(self):
        invoice = self.create_invoice(100)
        self.create_invoice(200)
        self.env["sale.collection.snooze"].create(
            {
                "profile_id": self.env["sale.collection.profile"]
                ._for(self.customer)
                .id,
                "line_id": self.receivable_lines(invoice).id,
                "until": "2026-02-20",
                "reason": "Goods come late",
            }
        )
        found = self.night("2026-02-05")
        self.assertEqual(
            sorted((row.state, row.reason, row.amount_total) for row in found),
            [("dropped", "snoozed", 100), ("ready", False, 200)],
        )
        self.send("2026-02-05")
        # the ladder counts from the end of the snooze
        self.assertEqual(
            self.walk("2026-02-24", "2026-02-26"),
            [("2026-02-24", 20), ("2026-02-25", 5)],
        )

    def test_snooze_of_a_customer(self):
        self.create_invoice()
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        profile.write({"snooze_until": "2026-02-10", "snooze_reason": "Audit"})
        self.assertKeptBack("snoozed")
        self.assertEqual(self.walk("2026-02-11", "2026-02-16"), [("2026-02-15", 5)])

    # === WHO AND WHO NOT ===#

    def test_never_sent(self):
        self.create_invoice(is_move_sent=False)
        self.assertKeptBack("never_sent")

    def test_no_followup(self):
        self.receivable_lines(self.create_invoice()).no_followup = True
        self.assertKeptBack("no_followup")

    def test_excluded(self):
        self.create_invoice()
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        profile.write({"excluded": True, "excluded_reason": "Direct debit"})
        self.assertKeptBack("excluded")

    def test_no_address(self):
        self.create_invoice()
        self.customer.write({"email": False, "street": False, "city": False})
        self.assertKeptBack("no_address")
        self.customer.email = "pay@example.com"
        found = self.night("2026-02-05").filtered(lambda row: row.state == "ready")
        self.customer.email = False
        self.assertDroppedAtSending("no_address", found)

    def test_below_minimum(self):
        self.step(5).min_amount = 50
        self.create_invoice(49)
        self.assertKeptBack("below_minimum")

    def test_blacklisted_goes_on_paper(self):
        self.create_invoice()
        self.env["mail.blacklist"].sudo()._add("pay@example.com")
        found = self.night("2026-02-05")
        self.assertFalse(self.send("2026-02-05"))
        self.assertEqual((found.state, found.reason), ("failed", "blacklisted"))
        second = self.reminders.search([("previous_id", "=", found.id)])
        self.assertEqual(
            (second.channel, second.attempt, second.state), ("letter", 2, "ready")
        )
        self.send("2026-02-05")
        self.assertEqual(second.state, "queued")
        self.assertFalse(self.night("2026-02-06"))

    def test_bounce_falls_to_the_next_channel(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        self.send("2026-02-05")
        self.env["mail.thread"]._routing_handle_bounce(
            None,
            {
                "bounced_email": "pay@example.com",
                "bounced_partner": self.customer,
                "bounced_msg_ids": [],
                "bounced_message": found.message_id,
                "email_from": "daemon@example.com",
                "to": "us@example.com",
                "message_id": "x",
            },
        )
        self.assertEqual((found.state, found.reason), ("failed", "bounced"))
        second = self.reminders.search([("previous_id", "=", found.id)])
        self.assertEqual(second.channel, "letter")
        # it has words of its own, and no mail that could bounce once more
        self.assertFalse(second.mail_id or second.message_id)

    def test_mail_delivered_and_failed(self):
        self.create_invoice()
        self.create_invoice(partner=self.other)
        found = self.night("2026-02-05")
        self.send("2026-02-05")
        self.assertEqual(set(found.mapped("state")), {"queued"})
        first, second = found
        first.mail_id._postprocess_sent_message([1], [])
        self.assertEqual(first.state, "sent")
        second.mail_id._postprocess_sent_message([], [], "down", "mail_smtp")
        self.assertEqual((second.state, second.mail_id.state), ("queued", "outgoing"))
        second.mail_id._postprocess_sent_message([], [], "no", "unknown")
        self.assertEqual((second.state, second.mail_id.state), ("failed", "cancel"))
        third = self.reminders.search([("previous_id", "=", second.id)])
        self.assertEqual(third.channel, "call")  # no postal address

    def test_text_that_breaks_stops_no_other(self):
        self.create_invoice()
        self.create_invoice(partner=self.other)
        self.texts[
            2
        ].sudo().body_html = (
            '<p t-if="object.partner_id.name == \'Other\'" t-out="1 / 0"/><p>Pay</p>'
        )
        found = self.night("2026-02-05")
        self.assertEqual(self.send("2026-02-05").partner_id, self.customer)
        broken = found.filtered(lambda row: row.partner_id == self.other)
        self.assertEqual((broken.state, broken.reason), ("failed", "error"))

    def test_text_that_comes_out_empty_stops_no_other(self):
        self.create_invoice()
        self.create_invoice(partner=self.other)
        self.texts[
            2
        ].sudo().body_html = (
            '<p t-if="object.partner_id.name != \'Other\'">Pay</p><p t-else=""> </p>'
        )
        found = self.night("2026-02-05")
        self.assertEqual(self.send("2026-02-05").partner_id, self.customer)
        empty = found.filtered(lambda row: row.partner_id == self.other)
        self.assertEqual((empty.state, empty.reason), ("failed", "error"))
        self.assertIn("comes out empty", empty.note)

    def test_recipient_by_role_and_copy(self):
        handler, boss = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.customer.id, "email": f"{name}@x.com"}
                for name in ("clerk", "boss")
            ]
        )
        self.env["sale.collection.contact.role"].create(
            [
                {"customer_id": self.customer.id, "contact_id": who.id, "role": role}
                for who, role in ((handler, "handler"), (boss, "decision"))
            ]
        )
        self.step(5).copy_next_role = True
        self.create_invoice()
        found = self.night("2026-02-05")
        self.assertEqual((found.recipient_id, found.copy_ids), (handler, boss))
        self.send("2026-02-05")
        self.assertEqual(found.mail_id.recipient_ids, handler | boss)

    def test_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.create_invoice()
        found = self.night("2026-02-05")
        self.send("2026-02-05")
        self.assertEqual(found.lang, "fr_FR")
        self.assertIn("31/01/2026", found.mail_id.body_html)

    # === REPLIES ===#

    def test_reply_stops_the_next_step(self):
        self.create_invoice()
        self.walk("2026-02-05", "2026-02-05")
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        profile.message_post(
            body="Invoice is wrong",
            author_id=self.customer.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertKeptBack("reply", "2026-02-20")
        activity = profile.activity_ids
        self.assertEqual(len(activity), 1)
        activity.action_feedback()
        self.assertEqual(self.walk("2026-02-21", "2026-02-21"), [("2026-02-21", 20)])

    def test_mail_lands_on_the_profile(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        self.send("2026-02-05")
        message = found.message_id
        self.assertEqual(
            (message.model, message.res_id),
            ("sale.collection.profile", found.profile_id.id),
        )

    # === CONSEQUENCES ===#

    def test_consequences_until_paid(self):
        self.step(5).write({"stage": "final", "hand_over": True})
        invoice = self.create_invoice()
        self.walk("2026-02-05", "2026-02-05")
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        self.assertEqual(profile.stage, "final")
        self.assertEqual(len(profile.activity_ids), 1)
        query = profile._get_reached_sql(self.company)
        rows = self.env.execute_query(query)
        self.assertEqual(rows, [(self.customer.id, self.step(5).id)])
        self.pay(invoice)
        self.env.cr.flush()
        profile._refresh_touched(self.customer)
        self.assertFalse(profile.stage)
        self.assertFalse(self.env.execute_query(query))

    def test_calls_and_escalations_are_activities(self):
        self.step(5).channel = "call"
        self.step(20).write({"channel": "escalation", "escalate_to": "controller"})
        self.create_invoice()
        self.walk("2026-02-05", "2026-02-20")
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        self.assertEqual(len(profile.activity_ids), 2)
        sent = self.reminders.search([("profile_id", "=", profile.id)])
        self.assertEqual(sent.mapped("state"), ["sent", "sent"])

    # === GOING LIVE ===#

    def test_first_run_waits_for_a_person(self):
        self.ladder.action_switch_off()
        self.ladder._go_live(date(2026, 1, 1))
        self.step(5).stage = "legal"
        self.create_invoice()
        found = self.night("2026-02-05")
        self.assertEqual(found.state, "candidate")
        self.assertFalse(self.send("2026-02-05"))
        self.assertEqual(self.night("2026-02-06"), found)
        found.action_confirm()
        self.assertTrue(self.ladder.first_run_confirmed_by)
        self.assertEqual(self.send("2026-02-06"), found)
        self.assertFalse(found.profile_id.stage)
        self.create_invoice(5, partner=self.other)
        self.assertEqual(self.night("2026-02-06").state, "ready")

    def test_first_night_on_three_years_of_debts(self):
        self.ladder.action_switch_off()
        for year in ("2023", "2024", "2025"):
            self.create_invoice(100, f"{year}-01-01", f"{year}-02-01")
        with patch.object(type(self.company), "_collection_today", _first_february):
            self.ladder._go_live()
        self.ladder._confirm_first_run()
        self.assertEqual(self.ladder.entry_date, date(2026, 2, 2))
        found = self.assertKeptBack("before_entry", "2026-02-05")
        self.assertEqual(len(found.line_ids), 3)
        profile = found.profile_id
        profile._enter_ladder(found.line_ids.line_id, date(2026, 2, 5))
        # entered by hand: the first step, then the ladder from there
        self.assertEqual(
            self.walk("2026-02-05", "2026-03-15"),
            [("2026-02-05", 5), ("2026-02-20", 20), ("2026-03-12", 40)],
        )

    def test_late_debt_starts_at_the_entry_step(self):
        self.create_invoice(100, "2023-01-01", "2023-02-01")
        self.assertEqual(
            self.walk("2026-02-05", "2026-03-15"),
            [("2026-02-05", 5), ("2026-02-20", 20), ("2026-03-12", 40)],
        )

    def test_copies_stay_silent(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "True")
        self.assertFalse(self.send("2026-02-05"))
        self.assertEqual(found.state, "ready")
        parameters.set_param("database.is_neutralized", False)
        parameters.set_param("database.uuid", "another one")
        self.assertFalse(self.send("2026-02-05"))
        self.assertFalse(self.night("2026-02-06"))

    def test_demo_stays_silent(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        base = self.env["ir.module.module"].sudo().search([("name", "=", "base")])
        base.demo = True
        self.assertFalse(self.send("2026-02-05"))
        self.assertEqual(found.state, "ready")

    def test_plan_without_steps_does_not_go_live(self):
        with self.assertRaisesRegex(UserError, "Steps: the plan"):
            self.make_ladder(())

    def test_manual_step_waits_and_drop_counts_as_done(self):
        self.step(5).automatic = False
        self.create_invoice()
        found = self.night("2026-02-05")
        self.assertEqual(found.state, "candidate")
        self.assertEqual(self.night("2026-02-07"), found)
        found.action_drop("They are friends")
        self.assertEqual((found.state, found.reason), ("dropped", "manual"))
        self.assertFalse(self.night("2026-02-08"))
        self.assertEqual(self.walk("2026-02-09", "2026-02-21"), [("2026-02-20", 20)])

    def test_pattern_becomes_the_plan_of_the_company(self):
        pattern = self.make_ladder((5,), live=False, company_id=False, pace="firm")
        pattern.active = False
        others = self.ladders.with_context(active_test=False).search([])
        pattern._go_live()
        self.assertEqual(pattern.company_id, self.company)
        self.assertTrue(pattern.is_live and pattern.active)
        self.assertEqual(pattern.entry_step_id, pattern.step_ids)
        # there are other companies: they keep a pattern
        left = self.ladders.with_context(active_test=False).search([]) - others
        self.assertRecordValues(
            left, [{"name": "Plan", "company_id": False, "active": False}]
        )
        self.assertEqual(left.step_ids.mapped("days"), [5])
        with self.assertRaisesRegex(UserError, "Plan is live for this pace already"):
            left._go_live()

    def test_pattern_stays_in_one_company_only(self):
        pattern = self.make_ladder((5,), live=False, company_id=False, pace="firm")
        before = self.ladders.with_context(active_test=False).search_count([])
        companies = type(self.company)
        with patch.object(companies, "search_count", lambda self, domain: 1):
            pattern._go_live()
        after = self.ladders.with_context(active_test=False).search_count([])
        self.assertEqual(after, before)

    # === COMPANIES ===#

    def test_two_companies(self):
        data = self.setup_other_company()
        other = data["company"]
        self.env.user.company_ids += other
        self.create_invoice(1000)
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "company_id": other.id,
                "journal_id": data["default_journal_sale"].id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-01",
                "invoice_date_due": "2026-01-31",
                "is_move_sent": True,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 77, "tax_ids": []})
                ],
            }
        ).action_post()
        found = self.night("2026-02-05")
        self.assertEqual((found.company_id, found.amount_total), (self.company, 1000))
        there = self.reminders.with_company(other)
        self.assertFalse(there._prepare(date(2026, 2, 5)))
        pattern = self.env.ref("sale_collection_reminder.ladder_normal").with_company(
            other
        )
        pattern._go_live(date(2026, 1, 1))
        self.assertEqual((pattern.company_id, len(pattern.step_ids)), (other, 8))
        found = there._prepare(date(2026, 2, 5))
        self.assertEqual((found.company_id, found.amount_total), (other, 77))
        self.assertEqual(found.state, "candidate")

    # === TIME OF DAY ===#

    def test_sending_hours_of_the_customer(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        sender = self.env["sale.collection.reminder.sender"]
        self.customer.tz = "Asia/Shanghai"
        with self.freeze("2026-02-05 11:00:00"):
            self.assertFalse(sender._filter_awake(found))
        with self.freeze("2026-02-06 01:00:00"):
            self.assertEqual(sender._filter_awake(found), found)

    def freeze(self, moment):
        return patch.object(
            fields.Datetime, "now", lambda: fields.Datetime.to_datetime(moment)
        )


def _first_february(company):
    return date(2026, 2, 1)
