from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import ContactCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestContact(ContactCommon):
    def open_dialog(self, user=None, record=None):
        record = (record or self.customer).with_user(user or self.rep)
        action = record.action_log_contact()
        dialog = self.env[action["res_model"]].with_user(user or self.rep)
        return Form(dialog.with_context(**action["context"]))

    def save(self, form):
        form.save().action_save()
        return self.env["sale.collection.contact"].search(
            [("profile_id", "=", self.profile.id)], order="id desc", limit=1
        )

    def test_no_answer_again_tomorrow(self):
        with freeze_time("2026-03-06"):
            self.open_dialog().save().action_no_answer_tomorrow()
        contact = self.profile.contact_ids
        self.assertRecordValues(
            contact,
            [
                {
                    "type": "call",
                    "result": "no_answer",
                    "user_id": self.rep.id,
                    "date": date(2026, 3, 6),
                    # A Friday: the next working day is Monday.
                    "next_date": date(2026, 3, 9),
                    "amount_overdue": 1000.0,
                }
            ],
        )
        self.assertIn("no answer", contact.note)
        follow_up = self.profile.activity_ids
        self.assertEqual(follow_up.user_id, self.rep)
        self.assertEqual(follow_up.date_deadline, date(2026, 3, 9))
        self.assertEqual(
            self.profile.message_ids[0].body.striptags(),
            "Call: No answer · next: 03/09/2026",
        )
        self.assertEqual(
            self.profile.message_ids[0].subtype_id, self.env.ref("mail.mt_note")
        )

    def test_what_is_proposed_says_why(self):
        self.load_language("zh_CN")
        controller = self.new_user("why", "sale_collection.group_credit_controller")
        controller.lang = "zh_CN"
        self.company.collection_controller_id = controller
        form = self.open_dialog()
        form.result = "refused"
        form.reason_id = self.env.ref("sale_collection.reason_cash_shortage")
        form.note = "No money before May"
        form.proposal = "hold"
        form.date_chip = "friday"
        self.save(form)
        asked = self.profile.activity_ids.filtered(
            lambda one: one.user_id == controller
        )
        self.assertIn("Cash shortage: No money before May", asked.note)
        self.assertRegex(asked.summary, "[\u4e00-\u9fff]")

    def test_the_next_talk_closes_the_follow_up(self):
        self.open_dialog().save().action_no_answer_tomorrow()
        self.assertEqual(len(self.profile.activity_ids), 1)
        with freeze_time("2026-03-03"):
            form = self.open_dialog()
            form.result = "will_call_back"
            form.date_chip = "friday"
            self.save(form)
        self.assertEqual(
            self.profile.activity_ids.mapped("date_deadline"), [date(2026, 3, 6)]
        )

    def test_overdue_money_needs_an_outcome(self):
        form = self.open_dialog()
        form.result = "reached"
        dialog = form.save()
        with self.assertRefused("Next date: money is overdue"):
            dialog.action_save()
        form.result = "paid_already"
        self.assertEqual(self.save(form).result, "paid_already")

    def test_without_overdue_money_a_talk_is_just_a_talk(self):
        self.pay(self.overdue, date="2026-03-01")
        form = self.open_dialog()
        form.result = "reached"
        self.assertEqual(self.save(form).amount_overdue, 0.0)

    def test_result_is_asked_for(self):
        with self.assertRefused("^Result:", UserError):
            self.open_dialog().save().action_save()

    def test_date_chips(self):
        self.profile.payment_month_days = "10, 25"
        form = self.open_dialog()
        for chip, day in (
            ("tomorrow", date(2026, 3, 3)),
            ("friday", date(2026, 3, 6)),
            ("payday", date(2026, 3, 10)),
            ("month_end", date(2026, 3, 31)),
        ):
            form.date_chip = chip
            self.assertEqual(form.next_date, str(day) and day)

    def test_dispute_in_the_same_step(self):
        form = self.open_dialog()
        form.type = "visit"
        form.result = "disputes"
        form.reason_id = self.price
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.amount_residual, 1000.0)
            line.disputed = 300
        contact = self.save(form)
        dispute = contact.dispute_id
        self.assertRecordValues(
            dispute,
            [
                {
                    "amount": 300.0,
                    "reason_id": self.price.id,
                    "user_id": self.rep.id,
                    "state": "open",
                }
            ],
        )
        self.assertEqual(dispute.line_ids.move_id, self.overdue)

    def test_promise_in_the_same_step(self):
        form = self.open_dialog()
        form.type = "visit"
        form.result = "promised"
        self.assertEqual(form.promise_amount, 1000.0)
        self.assertEqual(form.payment_form, "transfer")
        form.date_chip = "friday"
        contact = self.save(form)
        self.assertRecordValues(
            contact.promise_id,
            [
                {
                    "state": "open",
                    "amount": 1000.0,
                    "date": date(2026, 3, 6),
                    "payment_form": "transfer",
                    "kind": "single",
                }
            ],
        )
        self.assertFalse(contact.next_date)
        self.assertIn("1,000.00", contact.note)

    def test_smaller_promise_asks_for_the_rest(self):
        form = self.open_dialog()
        form.result = "promised"
        form.date_chip = "friday"
        form.promise_amount = 400
        self.assertEqual(form.promise_rest, 600.0)
        form.rest_date = "2026-03-20"
        promise = self.save(form).promise_id
        self.assertEqual(promise.amount, 1000.0)
        self.assertEqual(promise.plan_line_ids.mapped("amount"), [400.0, 600.0])

    def test_plan_from_the_dialog(self):
        form = self.open_dialog()
        form.result = "reached"
        form.reason_id = self.cash
        dialog = form.save()
        dialog.action_next_step()
        self.assertTrue(dialog.promise_is_plan)
        with self.assertRefused("Promised for", UserError):
            dialog.action_save()
        dialog.next_date = "2026-03-10"
        dialog.action_save()
        promise = self.profile.contact_ids.promise_id
        self.assertEqual(promise.kind, "plan")
        self.assertEqual(len(promise.plan_line_ids), 3)
        self.assertEqual(sum(promise.plan_line_ids.mapped("amount")), 1000.0)

    def test_promise_for_one_invoice(self):
        form = self.open_dialog(record=self.later)
        form.result = "promised"
        form.date_chip = "month_end"
        self.assertEqual(form.promise_amount, 500.0)
        promise = self.save(form).promise_id
        self.assertEqual(promise.allocation_ids.line_id.move_id, self.later)

    def test_promise_above_what_is_open_is_refused_and_leaves_nothing(self):
        form = self.open_dialog()
        form.result = "promised"
        form.date_chip = "friday"
        form.promise_amount = 1001
        dialog = form.save()
        with self.assertRefused("Amount"):
            dialog.action_save()
        self.assertFalse(self.profile.contact_ids)

    def test_complaint_without_amount_from_the_dialog(self):
        form = self.open_dialog()
        form.result = "disputes"
        with self.assertRefused("reason", Exception):
            form.save().action_save()
        form.reason_id = self.env.ref("sale_collection.reason_quality_complaint")
        contact = self.save(form)
        self.assertEqual(contact.dispute_id.amount, 0.0)
        self.assertTrue(contact.dispute_id.deadline)

    def test_from_an_invoice_only_that_invoice(self):
        form = self.open_dialog(record=self.later)
        self.assertEqual(len(form.line_ids), 1)
        form.result = "disputes"
        form.reason_id = self.price
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.amount_residual, 500.0)
            line.disputed = 50
        contact = self.save(form)
        self.assertEqual(contact.move_ids, self.later)
        self.assertEqual(contact.dispute_id.line_ids.move_id, self.later)

    def test_wrong_person_saves_the_right_one(self):
        form = self.open_dialog()
        form.result = "wrong_person"
        form.right_name = "Ms Right"
        form.right_phone = "+1 555 0100"
        form.right_role = "finance"
        form.date_chip = "tomorrow"
        contact = self.save(form)
        person = self.customer.child_ids
        self.assertEqual(person.name, "Ms Right")
        role = self.env["sale.collection.contact.role"].search(
            [("contact_id", "=", person.id)]
        )
        self.assertEqual(role.role, "finance")
        self.assertIn("Ms Right", contact.note)

    def test_severe_sign_proposes_a_hold(self):
        form = self.open_dialog()
        form.result = "reached"
        form.date_chip = "tomorrow"
        form.sign_ids.add(self.env.ref("sale_collection.sign_sued"))
        form.sign_ids.add(self.env.ref("sale_collection.sign_moved"))
        self.save(form)
        proposal = self.profile.activity_ids.filtered(
            lambda activity: activity.user_id == self.controller
        )
        self.assertEqual(proposal.summary, "Propose a hold")
        self.assertIn("Sued", proposal.note)
        self.assertEqual(self.profile.warning_points, 30)

    def test_next_step_of_a_reason(self):
        form = self.open_dialog()
        form.result = "reached"
        form.reason_id = self.price
        dialog = form.save()
        dialog.action_next_step()
        self.assertEqual(dialog.result, "disputes")
        form = self.open_dialog()
        form.result = "refused"
        form.date_chip = "friday"
        form.reason_id = self.env.ref("sale_collection.reason_refusal")
        dialog = form.save()
        dialog.action_next_step()
        self.assertEqual(dialog.proposal, "hold")
        dialog.action_save()
        self.assertIn("Propose a hold", self.profile.activity_ids.mapped("summary"))

    def test_manager_is_invited(self):
        form = self.open_dialog()
        form.result = "refused"
        form.date_chip = "friday"
        form.invite_manager = True
        self.assertEqual(form.manager_id, self.controller)
        self.save(form)
        if "calendar.event" in self.env:
            event = self.env["calendar.event"].search([], order="id desc", limit=1)
            self.assertIn(self.controller.partner_id, event.partner_ids)
        else:
            self.assertIn(
                "Meeting with the customer",
                self.profile.activity_ids.activity_type_id.mapped("name"),
            )

    def log(self, day, reason, **values):
        values = {"result": "reached", "next_date": "2026-12-31", **values}
        return self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "date": day,
                "reason_id": reason.id,
                **values,
            }
        )

    def test_said_so_often_and_money_came_so_often(self):
        for day in ("2025-10-01", "2025-11-01", "2025-12-01", "2026-01-10"):
            self.log(day, self.cash)
        self.log("2026-02-01", self.cash)
        self.pay(self.overdue, 400, date="2026-02-15")
        self.env.cr.flush()
        self.assertEqual(
            self.profile.reason_record,
            "Cash shortage: said 5 times, money within 14 days: 1",
        )
        self.assertEqual(self.profile.last_reason_id, self.cash)

    def test_money_soon_after_a_contact(self):
        self.log("2026-02-10", self.cash)
        self.pay(self.overdue, 300, date="2026-02-13")
        self.pay(self.overdue, 100, date="2026-02-14")
        self.env.cr.flush()
        self.assertEqual(self.profile.contact_money_share, 0.75)

    def test_stated_and_confirmed_reason(self):
        contact = self.log("2026-02-10", self.cash)
        self.assertEqual(self.profile.last_reason_id, self.cash)
        contact.confirmed_reason_id = self.price
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.last_reason_id, self.price)
        found = self.env["sale.collection.profile"].search(
            [("last_reason_id", "=", self.price.id)]
        )
        self.assertEqual(found, self.profile)

    def test_report_of_amount_days(self):
        # Due 31 January; 400 came 15 days later, 600 are open for 30 days now.
        self.log("2026-02-10", self.cash)
        self.pay(self.overdue, 400, date="2026-02-15")
        other = self.create_invoice(200, "2026-01-01", "2026-02-10")
        self.create_dispute(50, other)
        self.env.flush_all()
        self.env.cr.flush()
        report = self.env["sale.collection.reason.report"]
        groups = report._read_group(
            [("partner_id", "=", self.customer.id)],
            ["side", "reason_id"],
            ["amount_days:sum"],
        )
        self.assertEqual(
            {(side, reason): total for side, reason, total in groups},
            {
                ("customer", self.cash): 400.0 * 15 + 600.0 * 30 + 150.0 * 20,
                ("us", self.price): 50.0 * 20,
            },
        )
        row = report.search([("reason_id", "=", self.price.id)])
        self.assertEqual(row.action_open_document()["res_id"], other.id)

    def test_money_paid_back_is_not_late(self):
        note = self.create_invoice(
            200, "2026-01-20", "2026-01-20", move_type="out_refund"
        )
        self.pay(note, date="2026-02-19")
        self.pay(self.overdue, 400, date="2026-02-15").action_draft()
        self.env.cr.flush()
        [[amount, days]] = self.env["sale.collection.reason.report"]._read_group(
            [("partner_id", "=", self.customer.id)],
            [],
            ["amount:sum", "amount_days:sum"],
        )
        self.assertEqual((amount, days), (1000, 1000 * 30))

    def test_follow_up_date_on_invoices(self):
        self.open_dialog().save().action_no_answer_tomorrow()
        self.assertEqual(self.overdue.collection_follow_up_date, date(2026, 3, 3))
        Move = self.env["account.move"].with_user(self.rep)
        ours = [("partner_id", "=", self.customer.id)]
        due = [*ours, ("collection_follow_up_date", "<=", "2026-03-03")]
        self.assertEqual(Move.search(due), self.later | self.overdue)
        early = [*ours, ("collection_follow_up_date", "<", "2026-03-03")]
        self.assertFalse(Move.search(early))

    def test_what_was_said_stays_with_who_heard_it(self):
        contact = self.log("2026-03-01", self.cash, user_id=self.rep.id)
        asked = contact.with_user(self.controller)
        with self.assertRaisesRegex(AccessError, "Only who talked"):
            asked.result = "refused"
        asked.confirmed_reason_id = self.price
        self.assertIn("Confirmed reason: Price", self.profile.message_ids[0].body)
        contact.with_user(self.rep).note = "They were friendly."

    def test_bad_dates(self):
        with self.assertRefused("on or after"):
            self.log("2026-03-01", self.cash, next_date="2026-02-01")
        with self.assertRefused("took place"):
            self.log("2026-03-03", self.cash)

    def test_our_side_is_shown_before_the_talk(self):
        form = self.open_dialog()
        self.assertFalse(form.has_our_side)
        self.create_dispute(100)
        self.create_invoice(70, move_type="out_refund", post=False)
        product = self.env["product.product"].create(
            {"name": "Desk", "type": "consu", "list_price": 100}
        )
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
        )
        order.action_confirm()
        form = self.open_dialog()
        self.assertTrue(form.has_our_side)
        self.assertEqual(form.open_dispute_count, 1)
        self.assertEqual(form.our_draft_credit_count, 1)
        self.assertEqual(form.our_undelivered_count, 1)
        self.assertEqual(self.profile.our_draft_credit_amount, 70.0)
        action = self.profile.action_open_undelivered()
        lines = self.env["sale.order.line"].sudo().search(action["domain"])
        self.assertEqual(lines, order.order_line)

    def test_a_rep_logs_for_own_customers_only(self):
        with self.assertRefused("not one of your customers", AccessError):
            self.customer.with_user(self.peer).action_log_contact()
        with self.assertRaises(AccessError):
            self.env["sale.collection.contact"].with_user(self.peer).create(
                {
                    "profile_id": self.profile.id,
                    "result": "reached",
                    "next_date": "2026-03-10",
                }
            )
        self.open_dialog().save().action_no_answer_tomorrow()
        seen = self.env["sale.collection.contact"].with_user(self.peer).search([])
        self.assertFalse(seen & self.profile.contact_ids)

    def test_a_colleagues_invoice_is_in_the_dialog(self):
        self.create_invoice(70, invoice_user_id=self.peer.id)
        form = self.open_dialog()
        self.assertEqual(len(form.line_ids), 2)
        form.result = "disputes"
        form.reason_id = self.price
        with form.line_ids.edit(0) as line:
            line.disputed = 10
        with form.line_ids.edit(1) as line:
            line.disputed = 20
        self.assertEqual(self.save(form).dispute_id.amount, 30.0)

    def test_a_collector_without_rights_in_sales_or_accounting(self):
        collector = self.new_user("talk_collector", "sale_collection.group_user")
        self.profile.user_id = collector
        form = self.open_dialog(collector, self.profile)
        form.result = "disputes"
        form.reason_id = self.price
        with form.line_ids.edit(0) as line:
            line.disputed = 200
        contact = self.save(form)
        self.assertEqual(contact.dispute_id.amount, 200.0)
        form = self.open_dialog(collector, self.profile)
        form.result = "promised"
        form.date_chip = "friday"
        contact = self.save(form)
        self.assertEqual(contact.promise_id.amount, 800.0)

    def test_all_reasons_of_the_trade(self):
        reasons = self.env["sale.collection.reason"].search([])
        shipped = reasons.filtered(lambda reason: reason.get_external_id()[reason.id])
        self.assertGreaterEqual(len(shipped), 27)
        self.assertTrue(all(shipped.mapped("advice")))
        self.assertEqual(
            set(shipped.mapped("side")),
            {"customer", "us", "contract", "process", "market"},
        )
