from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import REP

from ..models.reminder.reminder_preparation import NO_ADDRESS
from ..tools.night import Case
from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderGuards(ReminderCommon):
    """What pauses a part of a debt, who may do what, and what a night costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-02-02 09:00:00"))
        cls.profile = cls.env["sale.collection.profile"].sudo()._for(cls.customer)
        cls.rep, cls.peer, cls.manager, cls.auditor = cls.new_users(
            "remind",
            rep=REP,
            peer=REP,
            manager="sale_collection.group_manager",
            auditor="account.group_account_readonly",
        )
        cls.profile.user_id = cls.rep

    def promise(self, amount, day, invoice, **values):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": day,
                "line_ids": self.receivable_lines(invoice).ids,
                **values,
            }
        )
        promise.action_open()
        return promise

    def dispute(self, amount, invoice):
        return self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": self.env.ref("sale_collection.reason_price_difference").id,
                "line_ids": [
                    Command.create(
                        {"line_id": self.receivable_lines(invoice).id, "amount": amount}
                    )
                ],
            }
        )

    # === A PART IS PAUSED ===#

    def test_promise_pauses_its_amount_only(self):
        invoice = self.create_invoice(1000)
        other = self.create_invoice(200)
        promise = self.promise(1000, "2026-02-20", invoice)
        found = self.night("2026-02-05")
        self.assertEqual(
            sorted((row.state, row.reason, row.amount_total) for row in found),
            [("dropped", "promised", 1000), ("ready", False, 200)],
        )
        ready = found.filtered(lambda row: row.state == "ready")
        self.assertEqual(ready.line_ids.move_id, other)
        promise.action_cancel()
        found = self.night("2026-02-05").filtered(lambda row: row.state == "ready")
        named = found.line_ids.filtered(lambda part: not part.listed)
        self.assertEqual(named.move_id, invoice)

    def test_promise_of_a_part(self):
        self.promise(400, "2026-02-20", self.create_invoice(1000))
        found = self.night("2026-02-05")
        self.assertEqual((found.state, found.amount_total), ("ready", 600))

    def test_promised_between_dry_run_and_sending(self):
        invoice = self.create_invoice(1000)
        found = self.night("2026-02-05")
        self.promise(1000, "2026-02-20", invoice)
        self.assertDroppedAtSending("promised", found)

    def test_ladder_counts_from_a_broken_promise(self):
        invoice = self.create_invoice(1000)
        self.walk("2026-02-05", "2026-02-05")
        promise = self.promise(1000, "2026-02-10", invoice, grace_days=2)
        self.assertFalse(self.walk("2026-02-10", "2026-02-12"))
        self.env["sale.collection.promise"]._evaluate(date(2026, 2, 13))
        self.assertEqual(promise.state, "broken")
        # where it was: the first step is not sent again
        self.assertEqual(self.walk("2026-02-13", "2026-03-03"), [("2026-03-02", 20)])

    def test_dispute_pauses_its_amount_only(self):
        invoice = self.create_invoice(1000)
        self.create_invoice(200)
        dispute = self.dispute(300, invoice)
        found = self.night("2026-02-05")
        self.assertEqual((found.state, found.amount_total), ("ready", 900))
        dispute.action_cancel()
        self.send("2026-02-05")
        self.assertEqual(found.amount_total, 1200)

    def test_wholly_disputed(self):
        self.dispute(1000, self.create_invoice(1000))
        self.assertKeptBack("disputed")

    def test_online_payment_on_its_way(self):
        invoice = self.create_invoice(1000)
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        self.env["payment.transaction"].sudo().create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"]
                .sudo()
                .with_context(active_test=False)
                .search([], limit=1)
                .id,
                "reference": "on its way",
                "amount": 1000,
                "currency_id": invoice.currency_id.id,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "invoice_ids": [Command.set(invoice.ids)],
            }
        )
        self.env.flush_all()
        # the provider is another company's; what counts is the money's
        self.env.cr.execute(
            "UPDATE payment_transaction SET company_id = %s, state = 'authorized'"
            " WHERE reference = 'on its way'",
            [self.company.id],
        )
        self.assertKeptBack("paying")

    def test_snooze_needs_a_reason_and_its_customer(self):
        with self.assertRaisesRegex(ValidationError, "Snooze reason"):
            self.profile.snooze_until = "2026-03-01"
        strange = self.create_invoice(partner=self.other)
        with self.assertRaisesRegex(ValidationError, "Instalment: "):
            self.env["sale.collection.snooze"].create(
                {
                    "profile_id": self.profile.id,
                    "line_id": self.receivable_lines(strange).id,
                    "until": "2026-03-01",
                    "reason": "Why not",
                }
            )

    # === EXCLUDED ===#

    def test_excluded_counts_nothing_as_collectable(self):
        self.create_invoice(1000, due="2026-01-31")
        facts = self.profile._get_live_facts(date(2026, 2, 5))[self.customer.id]
        self.assertEqual(facts["amount_collectable"], 1000)
        with self.assertRaisesRegex(ValidationError, "Why not chased"):
            self.profile.excluded = True
        self.profile.write({"excluded": True, "excluded_reason": "Public body"})
        facts = self.profile._get_live_facts(date(2026, 2, 5))[self.customer.id]
        self.assertEqual(
            (facts["amount_collectable"], facts["amount_overdue"]), (0, 1000)
        )

    def test_only_controllers_exclude(self):
        values = {"excluded": True, "excluded_reason": "A friend"}
        with self.assertRaises(AccessError):
            self.profile.with_user(self.rep).write(values)
        self.profile.with_user(self.manager).write(values)

    # === WHO MAY WHAT ===#

    def test_rights(self):
        self.step(5).automatic = False
        self.create_invoice(1000)
        found = self.night("2026-02-05")
        own = found.with_user(self.rep)
        with self.assertRaises(AccessError):
            found.with_user(self.peer).read(["state"])
        with self.assertRaises(AccessError):
            found.with_user(self.auditor).action_confirm()
        self.assertEqual(found.with_user(self.auditor).state, "candidate")
        for vals in ({"state": "sent"}, {"amount_total": 1}, {"step_id": 1}):
            with self.assertRaises(AccessError):
                own.write(vals)
        own.note = "Called them"
        own.action_confirm()
        self.assertEqual(found.confirmed_by_id, self.rep)
        own.action_drop("Paid in cash")
        self.assertEqual((found.state, found.dropped_by_id), ("dropped", self.rep))
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            own.note = "Too late"
        with self.assertRaises(AccessError):
            self.ladder.with_user(self.rep).action_switch_off()

    def test_old_debts_enter_by_a_controller(self):
        line = self.receivable_lines(self.create_invoice())
        with self.assertRaises(AccessError):
            self.profile.with_user(self.rep)._enter_ladder(line)
        entry = self.profile.with_user(self.manager)._enter_ladder(line)
        self.assertEqual(entry.user_id, self.manager)
        self.assertFalse(self.profile.with_user(self.manager)._enter_ladder(line))

    def test_used_plan_is_not_deleted(self):
        self.create_invoice()
        self.night("2026-02-05")
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.ladder.unlink()

    # === AHEAD ===#

    def test_what_lies_ahead(self):
        line = self.receivable_lines(self.create_invoice(1000))
        steps = self.profile._get_next_steps(date(2026, 2, 2))
        self.assertEqual(steps, {line.id: (date(2026, 2, 5), self.step(5))})
        [ahead] = self.profile._preview_ladder(date(2026, 2, 2)).values()
        self.assertEqual(
            [(row["date"].isoformat(), row["step"].days) for row in ahead],
            [("2026-02-05", 5), ("2026-02-20", 20), ("2026-03-12", 40)],
        )
        self.night("2026-02-05")
        self.assertEqual(self.profile.next_reminder_date, date(2026, 2, 20))

    def test_announced_too_late_is_not_announced(self):
        self.ladder.action_switch_off()
        self.make_ladder((-3, 5))
        self.create_invoice(1000, due="2026-02-10")
        found = self.night("2026-02-07")
        self.assertDroppedAtSending("outdated", found, "2026-02-11")

    def test_nothing_lies_ahead_of_a_plan_switched_off(self):
        self.create_invoice(1000)
        self.night("2026-02-02")
        self.assertEqual(self.profile.next_reminder_date, date(2026, 2, 5))
        self.ladder.action_switch_off()
        self.assertFalse(self.profile.next_reminder_date)

    def test_merged_customers_keep_their_reminders(self):
        self.create_invoice(1000, partner=self.other)
        self.walk("2026-02-05", "2026-02-05")
        found = self.reminders.search([("partner_id", "=", self.other.id)])
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((self.customer | self.other).ids, self.customer)
        self.assertEqual(found.partner_id, self.customer)
        self.assertEqual(found.profile_id, self.profile)
        self.assertFalse(self.walk("2026-02-06", "2026-02-19"))
        self.assertEqual(self.walk("2026-02-20", "2026-02-20"), [("2026-02-20", 20)])

    def test_preview_of_a_plan_not_live(self):
        self.ladder.action_switch_off()
        old = self.create_invoice(100, due="2025-01-31")
        new = self.create_invoice(200, due="2026-01-31")
        rows = self.ladder._preview_night(date(2026, 2, 5), date(2026, 1, 1))
        found = {
            row["lines"][0]["line_id"]: (row["reason"], row["amount"]) for row in rows
        }
        self.assertEqual(
            found,
            {
                self.receivable_lines(old).id: ("before_entry", 100),
                self.receivable_lines(new).id: (None, 200),
            },
        )
        self.assertFalse(self.reminders.search([]))

    # === THE NIGHT ===#

    def test_phase_of_the_nightly_run(self):
        self.create_invoice()
        run = self.env["sale.collection.run"]._run(date(2026, 2, 5), ["reminders"])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.phase_ids.counts, {"ready": 1})

    def test_customer_that_fails_is_left_out(self):
        self.create_invoice()
        self.create_invoice(partner=self.other)
        decide = Case.decide

        def stumble(case, dues):
            if case.customer.id == self.other.id:
                raise ZeroDivisionError("no rate")
            return decide(case, dues)

        with (
            patch.object(Case, "decide", stumble),
            self.assertLogs("odoo.addons.sale_collection", "WARNING"),
        ):
            run = self.env["sale.collection.run"]._run(date(2026, 2, 5), ["reminders"])
        self.assertEqual(run.phase_ids.counts, {"ready": 1})
        self.assertEqual(run.error_ids.partner_id, self.other)
        self.assertEqual(self.reminders.search([]).partner_id, self.customer)

    def test_cron_sends_in_the_hours(self):
        self.create_invoice()
        found = self.night("2026-02-05")
        cron = self.env.ref("sale_collection_reminder.cron_reminder_send").sudo()
        for hour, state in ((22, "ready"), (12, "queued")):
            self.env.flush_all()
            with (
                freeze_time(f"2026-02-05 {hour}:00:00"),
                self.enter_registry_test_mode(),
            ):
                cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(found.state, state)

    def test_one_that_cannot_be_checked_stops_no_other(self):
        self.create_invoice()
        self.create_invoice(partner=self.other)
        found = self.night("2026-02-05")
        poor = found.filtered(lambda row: row.partner_id == self.other)
        sender = self.env["sale.collection.reminder.sender"].sudo()
        check = type(sender)._recheck

        def stumble(sender, company, reminders, today=None):
            if poor & reminders:
                raise ZeroDivisionError("no rate")
            return check(sender, company, reminders, today)

        with (
            patch.object(type(sender), "_recheck", stumble),
            self.assertLogs("odoo.addons.sale_collection_reminder", "WARNING"),
            freeze_time("2026-02-05 12:00:00"),
        ):
            sender._send_or_each(found)
        self.assertEqual((found - poor).state, "queued")
        self.assertEqual(
            (poor.state, poor.reason, poor.note), ("failed", "error", "no rate")
        )

    def count_queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_queries_do_not_grow(self):
        counts = []
        for size in (2, 10):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"P{size}.{number}", "email": f"p{number}@x.com"}
                    for number in range(size)
                ]
            )
            for partner in partners:
                self.create_invoice(10, partner=partner)
                self.create_invoice(20, partner=partner)
            # Their collectors are known: nothing has read the customers before.
            self.env["sale.collection.profile"]._for(partners)
            self.night("2026-02-02")  # makes no message, warms the caches
            counts.append(self.count_queries(lambda: self.night("2026-02-05")))
            self.reminders.search([]).unlink()
            self.env["account.move"].search(
                [("partner_id", "in", partners.ids)]
            ).button_draft()
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 45)

    def test_queries_for_those_without_address_hardly_grow(self):
        counts = []
        mails = self.env["mail.mail"].search_count([])
        for size in (2, 10):
            partners = self.env["res.partner"].create(
                [{"name": f"N{size}.{number}"} for number in range(size)]
            )
            for partner in partners:
                self.create_invoice(10, partner=partner)
            profiles = self.env["sale.collection.profile"]._for(partners)
            self.night("2026-02-02")  # makes no message, warms the caches
            counts.append(self.count_queries(lambda: self.night("2026-02-05")))
            tasks = profiles.activity_search([NO_ADDRESS])
            self.assertEqual(set(tasks.mapped("res_id")), set(profiles.ids))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        # `mail.activity.res_name` reads customer after customer
        self.assertLessEqual((counts[1] - counts[0]) / 8, 5)

    def test_queries_of_sending_hardly_grow(self):
        counts = []
        for size in (2, 10):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"S{size}.{number}", "email": f"s{number}@x.com"}
                    for number in range(size)
                ]
            )
            for partner in partners:
                self.create_invoice(10, partner=partner)
            self.night("2026-02-05")
            counts.append(self.count_queries(lambda: self.send("2026-02-05")))
        # core writes each mail's message and its recipients one by one
        self.assertLessEqual((counts[1] - counts[0]) / 8, 12)

    def test_nothing_for_a_customer_without_email_provider(self):
        """A mail that cannot be rendered is tried by phone, not on paper."""
        self.create_invoice()
        found = self.night("2026-02-05")
        text = type(self.env["sale.collection.reminder.text"])
        with patch.object(text, "_render", lambda text, rows: ({}, {})):
            self.send("2026-02-05")
        second = self.reminders.search([("previous_id", "=", found.id)])
        self.assertEqual(second.channel, "call")
