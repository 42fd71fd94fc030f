from datetime import date

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import ContactCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestDispute(ContactCommon):
    def test_the_disputed_part_is_not_chased_the_rest_is(self):
        self.assertEqual(self.facts()["amount_collectable"], 1000.0)
        dispute = self.create_dispute(300)
        self.assertEqual(dispute.amount, 300.0)
        self.assertEqual(dispute.side_at_fault, "us")
        facts = self.facts()
        self.assertEqual(facts["amount_disputed"], 300.0)
        self.assertEqual(facts["amount_collectable"], 700.0)
        dispute.action_reject()
        self.assertEqual(self.facts()["amount_collectable"], 1000.0)
        self.assertEqual(dispute.side_at_fault, "customer")

    def test_money_lowers_what_is_still_disputed(self):
        dispute = self.create_dispute(300)
        self.pay(self.overdue, 800, date="2026-03-01")
        self.assertEqual(dispute.amount_open, 200.0)
        self.assertEqual(self.facts()["amount_disputed"], 200.0)

    def test_what_is_not_due_does_not_lower_what_is_collectable(self):
        self.create_dispute(500, self.later)
        facts = self.facts()
        self.assertEqual(facts["amount_collectable"], 1000.0)
        self.assertEqual(facts["amount_disputed"], 0.0)
        self.assertEqual(self.later.collection_disputed, 500.0)

    def test_complaint_without_amount(self):
        dispute = self.env["sale.collection.dispute"].create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.price.id,
                "user_id": self.controller.id,
            }
        )
        self.assertRecordValues(
            dispute,
            [
                {
                    "profile_id": self.profile.id,
                    "amount": 0.0,
                    "state": "open",
                    "date": date(2026, 3, 2),
                    "deadline": date(2026, 3, 9),
                }
            ],
        )
        self.assertEqual(dispute.activity_ids.user_id, self.controller)
        self.assertEqual(dispute.activity_ids.date_deadline, date(2026, 3, 9))

    def test_more_than_what_is_open_is_refused(self):
        with self.assertRefused("Disputed: .*1,001.*Lower"):
            self.create_dispute(1001)
        self.create_dispute(600)
        with self.assertRefused("1,001.00 is more than"):
            self.create_dispute(401)
        self.create_dispute(400)
        self.pay(self.later)
        with self.assertRefused("0.00"):
            self.create_dispute(1, self.later)

    def test_a_second_dispute_is_about_the_rest(self):
        self.create_dispute(300)
        line = self.receivable_lines(self.overdue)
        again = self.create_dispute(
            line_ids=[Command.create({"line_id": line.id})],
        )
        self.assertEqual(again.amount, 700.0)

    def test_bad_input(self):
        other = self.env["res.partner"].create({"name": "Other"})
        foreign = self.create_invoice(100, partner=other)
        with self.assertRefused("not a posted debt"):
            self.create_dispute(10, foreign)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self.create_dispute(-1)
        with self.assertRefused("future"):
            self.create_dispute(date="2026-03-03", deadline="2026-03-10")
        with self.assertRefused("Close it afterwards", UserError):
            self.create_dispute(state="accepted")
        with self.assertRefused("another customer"):
            note = self.create_invoice(10, partner=other, move_type="out_refund")
            self.create_dispute().credit_note_id = note

    def test_our_fault_days_stop_the_clock(self):
        with freeze_time("2026-02-05"):
            dispute = self.create_dispute(300)
        with freeze_time("2026-02-25"):
            dispute.action_accept()
        self.env.flush_all()
        days = self.profile._collect_our_fault_days
        line = self.receivable_lines(self.overdue)
        self.assertEqual(days(self.company, None), {line.id: 20})
        self.assertEqual(days(self.company, self.customer.ids), {line.id: 20})
        self.assertEqual(days(self.company, [0]), {})
        with freeze_time("2026-02-20"):
            again = self.create_dispute(100)
        again.action_accept()
        self.env.flush_all()
        self.assertEqual(days(self.company, None), {line.id: 25})
        again.side_at_fault = "customer"
        self.env.flush_all()
        self.assertEqual(days(self.company, None), {line.id: 20})
        dispute.action_reopen()
        self.env.flush_all()
        self.assertEqual(days(self.company, None), {})

    def test_judged_late_without_the_days_of_our_fault(self):
        # Due 31 January, a Saturday: 10 February is 8 days late, 5 after grace.
        with freeze_time("2026-02-01"):
            dispute = self.create_dispute(300)
        self.pay(self.overdue, date="2026-02-10")
        self.assertEqual(self.facts()["late_share"], 1.0)
        with freeze_time("2026-02-06"):
            dispute.action_accept()
        self.assertEqual(self.facts()["late_share"], 0.0)

    def test_a_promise_does_not_cover_what_is_disputed(self):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": 1000,
                "date": "2026-03-10",
            }
        )
        promise.action_open()
        second = self.create_invoice(500, "2026-01-01", "2026-02-10")
        self.assertEqual(self.facts()["amount_collectable"], 500.0)
        self.create_dispute(300)
        facts = self.facts()
        self.assertEqual(facts["amount_promised"], 700.0)
        self.assertEqual(facts["amount_collectable"], 500.0)
        self.assertEqual(second.amount_residual, 500.0)

    def test_merged_customers_keep_talks_and_disputes(self):
        other = self.env["res.partner"].create({"name": "Customer again"})
        self.create_dispute(300)
        self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "result": "reached",
                "next_date": "2026-03-10",
            }
        )
        kept = self.env["sale.collection.profile"]._for(other)
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge([self.customer.id, other.id], other)
        self.assertFalse(self.profile.exists())
        self.assertEqual(kept.dispute_ids.amount, 300.0)
        self.assertEqual(kept.dispute_ids.partner_id, other)
        self.assertEqual(kept.contact_ids.partner_id, other)
        self.env.cr.flush()
        live = kept.sudo()._get_live_facts()[other.id]
        self.assertEqual(live["amount_disputed"], 300.0)

    def test_other_companies_see_nothing(self):
        dispute = self.create_dispute(user=self.rep)
        other = self.setup_other_company()["company"]
        user = new_test_user(
            self.env,
            "talk_elsewhere",
            groups="sale_collection.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.env["sale.collection.dispute"].with_user(user).search([])
        self.assertNotIn(dispute, found)
        with self.assertRaises(AccessError):
            dispute.with_user(user).read(["amount"])

    def test_credit_note_over_the_disputed_part(self):
        self.overdue.button_draft()
        tax = self.env["account.tax"].create(
            {"name": "15 %", "amount": 15, "amount_type": "percent"}
        )
        self.overdue.invoice_line_ids.tax_ids = tax
        self.overdue.action_post()
        dispute = self.create_dispute(115)
        dispute.action_create_credit_note()
        note = dispute.credit_note_id
        self.assertEqual(dispute.state, "accepted")
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "state": "draft",
                    "amount_untaxed": 100.0,
                    "amount_tax": 15.0,
                    "reversed_entry_id": self.overdue.id,
                }
            ],
        )
        self.assertEqual(
            self.facts()["amount_disputed"], 115.0, "nobody asks for it meanwhile"
        )
        note.action_post()
        self.assertEqual(self.overdue.amount_residual, 1035.0)
        self.assertEqual(self.facts()["amount_disputed"], 0.0)

    def test_late_disputes_go_to_the_controller_once(self):
        dispute = self.create_dispute(user=self.rep)
        disputes = self.env["sale.collection.dispute"].sudo()
        self.assertFalse(disputes._get_late(self.company, date(2026, 3, 9)))
        found = disputes._get_late(self.company, date(2026, 3, 10))
        self.assertEqual(found, dispute)
        found._escalate(date(2026, 3, 10))
        self.assertFalse(disputes._get_late(self.company, date(2026, 3, 11)))
        late = dispute.activity_ids.filtered(
            lambda activity: activity.user_id == self.controller
        )
        self.assertEqual(late.activity_type_id.name, "Dispute past its deadline")
        dispute.with_user(self.controller).action_accept()
        self.assertFalse(dispute.activity_ids)

    def test_the_nightly_run_tells_of_late_disputes(self):
        self.create_dispute()
        run = self.env["sale.collection.run"].sudo()
        run = run._run(date(2026, 3, 10), phases=["disputes"])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.phase_ids.result, "1 disputes past their deadline")

    def test_touched_customers_are_queued(self):
        queue = self.env["sale.collection.queue"].sudo()
        ours = [("kind", "=", "partner"), ("ref", "=", self.customer.id)]
        queue.search([]).unlink()
        dispute = self.create_dispute()
        self.assertTrue(queue.search(ours))
        queue.search([]).unlink()
        dispute.action_accept()
        self.assertTrue(queue.search(ours))

    def test_a_rep_opens_and_withdraws_but_does_not_judge(self):
        dispute = self.create_dispute(user=self.rep)
        with self.assertRefused("see all customers", AccessError):
            dispute.action_accept()
        with self.assertRaises(AccessError):
            dispute.write({"state": "accepted"})
        dispute.action_cancel()
        self.assertEqual(dispute.state, "cancelled")
        ours = self.create_dispute()
        with self.assertRaises(AccessError):
            ours.with_user(self.rep).action_cancel()
        ours.with_user(self.accountant).action_accept()
        self.assertEqual(ours.state, "accepted")

    def test_a_rep_does_not_change_what_is_settled(self):
        dispute = self.create_dispute(user=self.rep)
        dispute.with_user(self.rep).date = "2026-02-01"
        dispute.with_user(self.controller).action_reject()
        theirs = dispute.with_user(self.rep)
        for change in (
            {"side_at_fault": "us"},
            {"date": "2025-01-01"},
            {"date_closed": "2026-12-31"},
            {"reason_id": self.cash.id},
        ):
            with self.assertRaises(AccessError):
                theirs.write(change)
        for change in (
            lambda: theirs.line_ids.write({"amount": 1}),
            lambda: theirs.line_ids.unlink(),
            lambda: theirs.line_ids.create({"dispute_id": dispute.id, "amount": 1}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                change()
        dispute.with_user(self.controller).side_at_fault = "contract"

    def test_strangers_see_no_dispute_unless_they_own_it(self):
        dispute = self.create_dispute(user=self.rep)
        stranger = self.env["sale.collection.dispute"].with_user(self.peer)
        self.assertFalse(stranger.search([("id", "=", dispute.id)]))
        with self.assertRaises(AccessError):
            self.create_dispute(user=self.peer)
        dispute.user_id = self.peer
        self.assertEqual(stranger.search([("id", "=", dispute.id)]), dispute)
        outsider = new_test_user(
            self.env, "talk_outsider", groups="sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            dispute.with_user(outsider).read(["amount"])

    def test_dialog_from_invoices(self):
        action = self.overdue.with_user(self.rep).action_collection_dispute()
        form = Form(
            self.env["sale.collection.dispute"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        form.reason_id = self.price
        dispute = form.save()
        self.assertEqual(dispute.line_ids.line_id, self.receivable_lines(self.overdue))
        self.assertEqual(dispute.amount, 1000.0)
        other = self.env["res.partner"].create({"name": "Other"})
        mixed = self.overdue | self.create_invoice(100, partner=other)
        with self.assertRefused("one customer", UserError):
            mixed.action_collection_dispute()

    def test_search_invoices(self):
        self.create_dispute(300)
        Move = self.env["account.move"].with_user(self.rep)
        ours = [("partner_id", "=", self.customer.id)]
        found = Move.search([*ours, ("collection_disputed", ">", 0)])
        self.assertEqual(found, self.overdue)
        found = Move.search([*ours, ("collection_disputed", "=", 0)])
        self.assertEqual(found, self.later)

    def test_deleted_instalment_keeps_the_dispute(self):
        dispute = self.create_dispute(300)
        self.overdue.button_draft()
        self.overdue.with_context(force_delete=True).unlink()
        self.assertEqual(dispute.line_ids.amount, 300.0)
        self.assertFalse(dispute.line_ids.line_id)
        self.assertEqual(self.facts()["amount_disputed"], 0.0)

    def test_settled_disputes_are_kept(self):
        dispute = self.create_dispute()
        dispute.action_accept()
        with self.assertRefused("kept", UserError):
            dispute.unlink()

    def test_the_number_of_queries_does_not_grow(self):
        def count(invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            invoices.mapped("collection_disputed")
            invoices.mapped("collection_follow_up_date")
            self.profile._collect_disputed(
                self.company, date(2026, 3, 2), self.customer.ids
            )
            return self.cr.sql_log_count - before

        self.create_dispute(10)
        few = count(self.overdue)
        more = self.env["account.move"].union(
            *(self.create_invoice(100) for __ in range(5))
        )
        for invoice in more:
            self.create_dispute(10, invoice)
        self.assertLessEqual(count(more | self.overdue), few)


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestTail(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collection_write_off_account_id = cls.company_data[
            "default_account_expense"
        ]
        cls.pay(cls.overdue, 960, date="2026-02-10")
        cls.env.cr.flush()
        cls.tails = cls.env["sale.collection.tail"].with_user(cls.rep)

    def ask(self, user=None, invoice=None):
        return (
            self.env["sale.collection.write.off"]
            .with_user(user or self.rep)
            .create(
                {
                    "line_id": self.receivable_lines(invoice or self.overdue).id,
                    "reason_id": self.price.id,
                }
            )
        )

    def test_list_of_tails(self):
        # Half paid is no tail, nor is what has had no money.
        self.pay(self.later, 250, date="2026-02-10")
        self.create_invoice(2)
        tail = self.tails.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            tail,
            [
                {
                    "move_id": self.overdue.id,
                    "amount": 1000.0,
                    "amount_residual": 40.0,
                    "rest_share": 0.04,
                    "last_paid_on": date(2026, 2, 10),
                    "state": "free",
                }
            ],
        )
        self.assertFalse(self.tails.with_user(self.peer).search([("id", "=", tail.id)]))

    def test_dispute_and_chase_in_one_click(self):
        tail = self.tails.search([("move_id", "=", self.overdue.id)])
        action = tail.action_dispute()
        form = Form(
            self.env["sale.collection.dispute"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        form.reason_id = self.price
        self.assertEqual(form.save().amount, 40.0)
        self.env.flush_all()
        tail.invalidate_recordset()
        self.assertEqual(tail.state, "disputed")
        action = tail.action_chase()
        self.assertEqual(action["res_model"], "sale.collection.contact.log")

    def test_written_off_by_two(self):
        request = self.ask()
        self.assertEqual(request.amount, 40.0)
        self.assertEqual(request.activity_ids.user_id, self.controller)
        with self.assertRefused("credit controllers", AccessError):
            request.action_approve()
        request.with_user(self.controller).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertEqual(self.overdue.payment_state, "paid")
        self.assertKinds(self.overdue, {"cash": 960.0, "write_off": 40.0})
        self.assertFalse(request.activity_ids)

    def test_not_by_the_one_who_asked(self):
        request = self.ask(self.controller)
        other = self.env.user
        self.assertTrue(other.has_group("sale_collection.group_credit_controller"))
        with self.assertRefused("yourself", AccessError):
            request.action_approve()
        request.with_user(other).action_reject()
        self.assertEqual(request.state, "rejected")
        self.assertEqual(self.overdue.amount_residual, 40.0)

    def test_state_is_not_written_by_hand(self):
        request = self.ask()
        with self.assertRefused("buttons", AccessError):
            request.write({"state": "approved"})

    def test_only_tails_and_only_what_is_left(self):
        with self.assertRefused("at most 5.0 %", UserError):
            self.ask(invoice=self.later)
        request = self.ask()
        self.pay(self.overdue, 30, date="2026-03-01")
        request.with_user(self.controller).action_approve()
        self.assertKinds(self.overdue, {"cash": 990.0, "write_off": 10.0})

    def test_paid_meanwhile(self):
        request = self.ask()
        self.pay(self.overdue, 40, date="2026-03-01")
        with self.assertRefused("Nothing is left", UserError):
            request.with_user(self.controller).action_approve()

    def test_without_an_account(self):
        self.company.collection_write_off_account_id = False
        request = self.ask()
        with self.assertRefused("Write-off account", UserError):
            request.with_user(self.controller).action_approve()

    def test_in_another_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        invoice = self.create_invoice(
            100, currency_id=currency.id, invoice_user_id=self.rep.id
        )
        self.pay(invoice, 98, currency_id=currency.id)
        request = self.ask(invoice=invoice)
        self.assertEqual(request.amount, 1.0)
        request.with_user(self.controller).action_approve()
        self.assertEqual(invoice.amount_residual, 0.0)
