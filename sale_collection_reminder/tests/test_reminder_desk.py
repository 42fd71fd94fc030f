from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.sale_collection.tests.common import REP

from .common import ReminderCommon

DAY = "2026-02-05"


@freeze_time(f"{DAY} 09:00:00")
@tagged("post_install", "-at_install")
class TestReminderDesk(ReminderCommon):
    """What people see and do of reminders, each with the lowest role that should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.seller, cls.peer, cls.controller, cls.boss, cls.clerk = (
            cls.new_users(
                "desk",
                rep="sale_collection.group_user",
                seller=REP,
                peer="sale_collection.group_user",
                controller="sale_collection.group_credit_controller",
                boss="sale_collection.group_manager",
                clerk="account.group_account_readonly",
            )
        )
        cls.customer.user_id = cls.rep
        # due on 31 January
        cls.invoice = cls.create_invoice(1000, invoice_user_id=cls.seller.id)
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.profile.sudo()._refresh()
        cls.line = cls.receivable_lines(cls.invoice)

    def dialog(self, action, user):
        """Return the filled form of the dialog an action opens."""
        model = self.env[action["res_model"]].with_user(user)
        return Form(model.with_context(**action["context"]))

    def candidate(self):
        self.step(5).automatic = False
        return self.night(DAY)

    # === TONIGHT ===#

    def test_a_rep_checks_changes_and_sends(self):
        reminder = self.candidate().with_user(self.rep)
        self.assertEqual(reminder.state, "candidate")
        with Form(reminder) as form:
            self.assertIn("1,000.00", form.body)
            form.subject = "A word from us"
        reminder.action_confirm()
        self.assertEqual(reminder.state, "ready")
        action = reminder.action_send_now()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(reminder.state, "queued")
        self.assertEqual(reminder.message_id.subject, "A word from us")
        self.assertEqual(reminder.subject, "A word from us")
        with self.assertRaises(UserError):
            reminder.subject = "Too late"

    def test_others_neither_see_nor_touch_it(self):
        reminder = self.candidate()
        for user in (self.peer, self.clerk):
            with self.assertRaises(AccessError):
                reminder.with_user(user).action_confirm()
        self.assertFalse(
            self.env["sale.collection.reminder"].with_user(self.peer).search([])
        )

    def test_what_was_confirmed_goes_out(self):
        reminder = self.candidate()
        reminder.with_user(self.rep).action_confirm()
        self.texts[2].sudo().body_html = "<p>Changed since</p>"
        self.send(DAY)
        self.assertIn("overlooked", reminder.message_id.body)
        self.assertNotIn("Changed since", reminder.message_id.body)

    def test_less_what_was_paid_since(self):
        reminder = self.candidate()
        reminder.with_user(self.rep).action_confirm()
        self.pay(self.invoice, 400, date=DAY)
        self.send(DAY)
        self.assertIn("600.00", reminder.message_id.body)
        self.assertNotIn("1,000.00", reminder.message_id.body)

    def test_words_of_a_person_never_tell_old_amounts(self):
        reminder = self.candidate()
        own = reminder.with_user(self.rep)
        own.body = "<p>You owe 1000</p>"
        own.action_confirm()
        self.pay(self.invoice, 400, date=DAY)
        self.assertFalse(self.send(DAY))
        self.assertEqual((reminder.state, reminder.reason), ("dropped", "outdated"))
        self.assertIn("have changed", reminder.note)

    def test_outdated_words_are_not_confirmed(self):
        reminder = self.candidate()
        own = reminder.with_user(self.rep)
        own.body = "<p>You owe 1000</p>"
        self.pay(self.invoice, 400, date=DAY)
        self.night(DAY)
        self.assertTrue(own.is_outdated)
        with self.assertRaisesRegex(UserError, "have changed"):
            own.action_confirm()
        own.action_reset_text()
        self.assertIn("600.00", own.body)
        own.action_confirm()

    def test_drop_asks_why(self):
        reminder = self.candidate().with_user(self.rep)
        form = self.dialog(reminder.action_open_drop(), self.rep)
        form.note = "Called"
        form.save().action_apply()
        self.assertRecordValues(
            reminder, [{"state": "dropped", "reason": "manual", "note": "Called"}]
        )

    def test_nothing_leaves_a_copy(self):
        reminder = self.candidate()
        self.env["ir.config_parameter"].sudo().set_param(
            "database.is_neutralized", "true"
        )
        with self.assertRaisesRegex(UserError, "neutralized"):
            reminder.with_user(self.rep).action_send_now()

    def test_letters_are_printed_in_one_batch(self):
        self.step(5).channel = "letter"
        reminders = self.candidate().with_user(self.rep)
        reminders.action_confirm()
        self.send(DAY)
        self.assertEqual(reminders.state, "queued")
        action = reminders.action_print_letters()
        self.assertEqual(
            action["report_name"], "sale_collection_reminder.reminder_letter"
        )
        self.assertEqual(reminders.state, "sent")
        with self.assertRaisesRegex(UserError, "wait to be printed"):
            self.browse_none().action_print_letters()

    def test_letter_is_checked_once_more_when_printed(self):
        self.step(5).channel = "letter"
        second = self.create_invoice(200)
        letter = self.candidate()
        self.send(DAY, letter)
        self.assertEqual((letter.state, letter.amount_total), ("queued", 1200))
        self.pay(second)
        self.pay(self.invoice, 400)
        letter.with_user(self.rep).action_print_letters()
        self.assertEqual((letter.state, letter.amount_total), ("sent", 600))
        self.assertIn("600.00", letter.fixed_body)
        self.assertNotIn("1,200.00", letter.fixed_body)

    def test_letter_of_who_has_paid_is_not_printed(self):
        self.step(5).channel = "letter"
        letter = self.candidate()
        self.send(DAY, letter)
        self.pay(self.invoice)
        self.cr.flush()  # paid earlier: the ledger has it
        action = letter.with_user(self.rep).action_print_letters()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual((letter.state, letter.reason), ("dropped", "paid"))
        self.assertEqual(letter.line_ids.mapped("state"), ["dropped"])

    def test_sending_nothing_sends_nothing(self):
        waiting = self.night(DAY)
        self.assertEqual(waiting.state, "ready")
        waiting.with_user(self.peer).browse().action_send()
        self.browse_none().with_user(self.peer).action_send_now()
        self.assertEqual(waiting.state, "ready")

    def test_nothing_leaves_a_restored_database_by_hand(self):
        reminder = self.candidate()
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "restored")
        reminder.with_user(self.rep).action_send_now()
        self.assertFalse(reminder.mail_id)

    def test_who_waited_long_is_told_a_day_to_come(self):
        reminder = self.candidate()
        before = reminder.pay_by_date
        self.assertEqual(self.night("2026-02-12"), reminder)
        self.assertEqual((reminder.pay_by_date - before).days, 7)

    def browse_none(self):
        return self.env["sale.collection.reminder"].browse()

    # === GOING LIVE ===#

    def test_going_live_opens_the_dry_run(self):
        self.ladder.action_switch_off()
        old = self.create_invoice(50, due="2026-01-10", partner=self.other)
        action = self.ladder.with_user(self.boss).action_open_go_live()
        form = self.dialog(action, self.boss)
        self.assertTrue(form.is_go_live)
        self.assertEqual((form.going_count, form.old_count), (0, 2))
        form.entry_date = "2026-01-15"
        self.assertEqual((form.going_count, form.old_count), (1, 1))
        self.assertEqual(form.going_amount, 1000)
        run = form.save()
        self.assertFalse(self.ladder.live_at)
        run.action_go_live()
        self.assertTrue(self.ladder.is_live)
        waiting = self.reminders.search([("ladder_id", "=", self.ladder.id)])
        going = waiting.filtered(lambda one: one.state == "candidate")
        self.assertEqual(going.partner_id, self.customer)
        self.assertTrue(going.is_first_run)
        kept = waiting - going
        self.assertEqual(kept.reason, "before_entry")
        self.assertEqual(kept.line_ids.move_id, old)

    def test_going_live_is_for_managers(self):
        self.ladder.action_switch_off()
        action = self.ladder.with_user(self.controller).action_open_go_live()
        run = self.dialog(action, self.controller).save()
        with self.assertRaises(AccessError):
            run.action_go_live()
        self.assertFalse(self.ladder.live_at)

    def test_dry_run_of_the_next_night_writes_nothing(self):
        run = Form(self.env["sale.collection.dry.run"].with_user(self.controller))
        self.assertEqual(run.going_count, 1)
        run.save()
        self.assertFalse(self.reminders.search([]))
        with self.assertRaises(AccessError):
            Form(self.env["sale.collection.dry.run"].with_user(self.rep))

    # === BY HAND ===#

    def test_rep_reminds_an_invoice_now(self):
        self.receivable_lines(self.invoice).date_maturity = "2026-02-03"
        self.cr.flush()
        action = self.invoice.with_user(self.seller).action_collection_remind()
        form = self.dialog(action, self.seller)
        self.assertEqual(form.amount, 1000)
        action = form.save().action_prepare()
        reminder = self.reminders.browse(action["res_id"])
        self.assertRecordValues(
            reminder,
            [{"state": "candidate", "step_id": self.step(5).id, "amount_total": 1000}],
        )
        reminder.with_user(self.rep).action_send_now()
        self.assertEqual(reminder.state, "queued")
        again = self.dialog(
            self.profile.with_user(self.rep).action_remind_now(), self.rep
        )
        again.step = "again"
        sent = self.reminders.browse(again.save().action_send()["res_id"])
        self.assertRecordValues(sent, [{"state": "queued", "step_id": self.step(5).id}])
        self.assertEqual(sent.line_ids.cycle, reminder.line_ids.cycle + 1)
        self.assertEqual(self.walk("2026-02-06", "2026-02-23"), [("2026-02-23", 20)])

    def test_by_hand_respects_promises_and_entry(self):
        self.ladder.entry_date = "2026-03-01"
        lines = self.line
        preparation = self.env["sale.collection.reminder.preparation"]
        by_rep = preparation.with_user(self.rep).sudo(False)
        kept = by_rep._make_by_hand(lines.sudo())
        self.assertEqual(kept.reason, "before_entry")
        by_controller = preparation.with_user(self.controller).sudo(False)
        found = by_controller._make_by_hand(lines.sudo())
        self.assertEqual(found.state, "candidate")

    def test_old_debts_enter_by_hand(self):
        self.ladder.entry_date = "2026-03-01"
        self.assertKeptBack("before_entry", DAY)
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.seller).action_collection_enter()
        self.invoice.action_collection_enter()
        going = self.night("2026-02-06").filtered(lambda one: one.state == "ready")
        self.assertEqual(going.partner_id, self.customer)

    def test_nothing_to_remind(self):
        later = self.create_invoice(10, due="2026-05-01", partner=self.other)
        with self.assertRaisesRegex(UserError, "Nothing is overdue"):
            self.other.with_user(self.controller).action_collection_remind()
        with self.assertRaisesRegex(UserError, "customers of others"):
            self.other.with_user(self.rep).action_collection_remind()
        self.pay(later)
        with self.assertRaisesRegex(UserError, "unpaid invoices"):
            later.action_collection_remind()

    # === SNOOZE ===#

    def test_snooze_a_customer(self):
        reminder = self.candidate()
        form = self.dialog(
            self.profile.with_user(self.rep).action_open_snooze(), self.rep
        )
        form.until, form.reason = "2026-02-15", "New delivery"
        form.save().action_apply()
        self.assertEqual((reminder.state, reminder.reason), ("dropped", "snoozed"))
        self.assertEqual(self.profile.snooze_reason, "New delivery")
        self.assertEqual(str(self.profile.next_reminder_date), "2026-02-20")
        self.assertKeptBack("snoozed", "2026-02-09")
        self.profile.with_user(self.rep).action_wake()
        self.assertFalse(self.profile.snooze_until)

    def test_snooze_an_instalment_only(self):
        second = self.create_invoice(70)
        action = self.invoice.with_user(self.seller).action_collection_snooze()
        form = self.dialog(action, self.seller)
        self.assertEqual(form.scope, "instalment")
        form.until, form.reason = "2026-02-15", "Goods come back"
        form.save().action_apply()
        self.assertFalse(self.profile.snooze_until)
        going = self.night(DAY).filtered(lambda one: one.state == "ready")
        self.assertEqual(going.line_ids.move_id, second)

    def test_snooze_refuses_what_makes_no_sense(self):
        profile = self.profile.with_user(self.rep)
        for until, reason, message in (
            ("2026-02-01", "Because", "Until"),
            ("2026-02-10", " ", "Reason"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                profile._snooze(until, reason)
        for user in (self.peer, self.clerk):
            with self.assertRaises(AccessError):
                self.profile.with_user(user)._snooze("2026-02-10", "Because")
        with self.assertRaisesRegex(ValidationError, "^Until: "):
            form = self.dialog(profile.action_open_snooze(), self.rep)
            form.until, form.reason = "9999-12-31", "For ever"
            form.save()

    # === WHAT LIES AHEAD ===#

    def test_preview_of_a_customer(self):
        action = self.profile.with_user(self.rep).action_preview_reminders()
        form = self.dialog(action, self.rep)
        dates = [line.date for line in form.save().line_ids]
        self.assertEqual([str(day) for day in dates], [DAY, "2026-02-20", "2026-03-12"])
        with self.assertRaises(AccessError):
            self.dialog(action, self.peer)

    def test_what_is_put_off_is_not_announced_again(self):
        ladder = self.make_ladder((-3, 0, 5), pace="firm")
        self.profile.sudo().ladder_id = ladder
        self.profile._snooze("2026-02-15", "Because")
        ahead = self.profile._preview_ladder()[self.profile.id]
        self.assertEqual([str(one["date"]) for one in ahead], ["2026-02-20"])
        self.assertEqual(str(self.profile.next_reminder_date), "2026-02-20")

    def test_next_reminder_of_an_invoice(self):
        second = self.create_invoice(70, due="2026-02-04")
        self.night(DAY)
        self.send(DAY)
        moves = (self.invoice | second).with_user(self.clerk)
        self.assertEqual(
            [str(day) for day in moves.mapped("collection_reminder_date")],
            ["2026-02-20", "2026-02-09"],
        )
        self.assertEqual(moves[0].collection_reminder_step_id, self.step(20))
        self.assertEqual(moves.mapped("collection_reminder_count"), [1, 0])
        Move = self.env["account.move"].with_user(self.clerk)
        for operator, day, wanted in (
            ("<=", "2026-02-10", second),
            (">", "2026-02-10", self.invoice),
            ("=", "2026-02-20", self.invoice),
        ):
            found = Move.search([("collection_reminder_date", operator, day)])
            self.assertEqual(found, wanted.with_user(self.clerk), (operator, day))
        self.assertFalse(
            Move.search([("collection_reminder_date", "=", False)]) & moves
        )
        self.pay(self.invoice)
        self.assertFalse(self.invoice.collection_reminder_date)

    def test_next_reminder_of_what_a_draft_has_paid(self):
        payment = self.pay(self.invoice, date="2026-02-03")
        self.assertFalse(self.invoice.collection_reminder_date)
        payment.action_draft()
        self.cr.flush()
        self.profile._refresh_touched(self.customer)
        self.env.invalidate_all()
        self.assertNotIn(self.invoice.payment_state, ("not_paid", "partial"))
        invoice = self.invoice.with_user(self.clerk)
        day = invoice.collection_reminder_date
        self.assertEqual(str(day), "2026-02-20", "after the one of today")
        self.profile.sudo().next_reminder_date = day  # as the night writes it
        wanted = [("collection_reminder_date", "=", day), ("id", "=", invoice.id)]
        self.assertEqual(invoice.search(wanted), invoice)

    def test_list_of_invoices_costs_a_fixed_number_of_queries(self):
        moves = self.invoice
        for number in range(5):
            moves |= self.create_invoice(10 + number)
        self.night(DAY)
        self.cr.flush()

        def count(invoices):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            invoices.mapped("collection_reminder_date")
            return self.cr.sql_log_count - before

        count(moves)
        self.assertEqual(count(moves), count(moves[0]))

    def test_timeline(self):
        self.night(DAY)
        self.send(DAY)
        self.pay(self.invoice, 300, date="2026-02-06")
        self.cr.flush()
        action = self.profile.with_user(self.rep).action_open_timeline()
        rows = (
            self.env["sale.collection.timeline"]
            .with_user(self.rep)
            .search(action["domain"])
        )
        self.assertEqual(rows.mapped("kind"), ["money", "reminder", "invoice"])
        self.assertEqual(rows.mapped("amount"), [300, 1000, 1000])
        self.assertIn("Day 5, E-mail", rows[1].detail)
        self.assertEqual(rows[1].action_open_record()["res_model"], rows[1].res_model)
        self.assertFalse(rows.with_user(self.peer).search(action["domain"]))

    # === SETTINGS ===#

    def test_settings_that_make_no_sense(self):
        for values, message in (
            ({"collection_reminder_from_hour": 20}, "Sending hours"),
            ({"collection_reminder_to_hour": 25}, "Sending hours"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self.company.write(values)
