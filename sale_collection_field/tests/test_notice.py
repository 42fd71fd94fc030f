from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import FieldCommon


@tagged("post_install", "-at_install")
class TestNotice(FieldCommon):
    """A rep reports a payment; the accountant books it or sends it back."""

    def open_dialog(self, action, user=None):
        """Return the form of a dialog as a user opens it."""
        model = self.env[action["res_model"]].with_user(user or self.rep)
        return Form(
            model.with_context(**action["context"]), view=action["views"][0][0] or None
        )

    # === REPORT ===#

    def test_dialog_proposes_what_is_overdue(self):
        later = self.create_invoice(400, self.today, self.day(20))
        action = self.profile.with_user(self.rep).action_new_notice()
        form = self.open_dialog(action)
        self.assertEqual(form.amount, 1000)
        self.assertEqual(form.date, self.today)
        self.assertEqual(form.payment_form, "transfer")
        form.amount = 1100
        form.number = "CH 17"
        notice = form.save()
        self.assertEqual(notice.line_ids.mapped("amount"), [1000, 100])
        self.assertEqual(
            notice.line_ids.mapped("line_name"), [self.invoice.name, later.name]
        )
        self.assertEqual((notice.state, notice.user_id), ("open", self.rep))
        self.assertIn("Payment reported", self.profile.message_ids[0].body)

    def test_an_instalment_left_out(self):
        form = self.open_dialog(self.profile.with_user(self.rep).action_new_notice())
        form.amount = 300
        with form.line_ids.edit(0) as part:
            part.amount = 0
        notice = form.save()
        self.assertEqual(notice.line_ids.mapped("amount"), [0])

    def test_from_a_talk(self):
        seller = self.new_user("field_seller")
        self.customer.user_id = seller
        other = self.create_invoice(
            250, self.day(-50), self.day(-20), invoice_user_id=seller.id
        )
        action = other.with_user(seller).action_log_contact()
        log = self.open_dialog(action, seller)
        log.result = "handed_over"
        self.assertFalse(log.next_date)
        dialog = log.save().action_save()
        self.assertEqual(dialog["res_model"], "sale.collection.notice")
        contact = self.profile.contact_ids[0]
        self.assertEqual(contact.result, "handed_over")
        form = self.open_dialog(dialog, seller)
        self.assertEqual((form.amount, form.payment_form), (250, "cheque"))
        self.assertEqual(form.save().line_ids.line_name, other.name)

    def test_paid_already_leads_to_the_notice(self):
        log = self.open_dialog(self.profile.with_user(self.rep).action_log_contact())
        log.result = "paid_already"
        dialog = log.save().action_save()
        form = self.open_dialog(dialog)
        self.assertEqual((form.amount, form.payment_form), (1000, "transfer"))

    def test_what_cannot_be_reported(self):
        with self.assertRaisesRegex(ValidationError, "once it was made"):
            self.report(date=self.day(1))
        with self.assertRaisesRegex(ValidationError, "add up to"):
            [line] = self.receivable_lines(self.invoice)
            self.report(100, line_ids=self.parts((line, 500)))
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        foreign = self.create_invoice(50, partner=stranger)
        [line] = self.receivable_lines(foreign)
        with self.assertRaises(AccessError):
            self.report(50, line_ids=self.parts((line, 50)))
        with self.assertRaisesRegex(ValidationError, "posted invoices of Customer"):
            self.report(50, self.env.user, line_ids=self.parts((line, 50)))

    def test_state_is_no_client_s(self):
        notice = self.report(state="confirmed", until_date="2099-01-01", received=1000)
        self.assertEqual((notice.state, notice.received), ("open", 0))
        notice.write({"state": "confirmed", "user_id": self.controller.id})
        self.assertEqual((notice.state, notice.user_id), ("open", self.rep))

    # === MONEY NOWHERE ===#

    def test_it_is_money_nowhere(self):
        """Promise, exposure, overdue, score: all as before."""
        [line] = self.receivable_lines(self.invoice)
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "amount": 1000,
                "date": self.day(1),
                "line_ids": line.ids,
            }
        )
        promise.action_open()
        self.touch()
        names = ("amount_open", "amount_overdue", "exposure", "amount_promised")
        names += ("score", "grade_id", "late_share", "amount_unapplied")
        before = self.profile.read(names)
        self.report()
        self.touch()
        self.assertEqual(self.profile.read(names), before)
        self.assertEqual(before[0]["amount_overdue"], 1000)
        self.assertEqual((promise.state, promise.amount_received), ("open", 0))
        self.assertFalse(self.rows_of(self.invoice))

    # === WHAT IS COVERED ===#

    @freeze_time("2026-03-05 10:00:00")  # a Thursday
    def test_covered_for_three_working_days(self):
        [line] = self.receivable_lines(self.invoice)
        notice = self.report(600, date="2026-03-05")
        until = datetime(2026, 3, 10).date()
        self.assertEqual(notice.until_date, until, "Friday, Monday, Tuesday")
        self.assertEqual(self.read_covered(until), {line.id: (600, until, "told")})
        self.assertFalse(self.read_covered(datetime(2026, 3, 11).date()))

    def test_covered_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        invoice = self.create_invoice(
            100, self.day(-60), self.day(-31), currency_id=euro.id
        )
        [line] = self.receivable_lines(invoice)
        self.assertEqual(line.collection_residual, 200)
        notice = self.report(50, currency_id=euro.id)
        self.assertEqual(notice.line_ids.line_id.ids, line.ids)
        self.assertEqual(self.read_covered()[line.id][0], 100)

    def test_days_are_a_setting(self):
        self.company.collection_notice_days = 0
        self.assertEqual(self.report().until_date, self.today)

    # === ACCOUNTANTS ===#

    def test_one_click_to_the_payment(self):
        notice = self.report(600, number="TT 9", date=self.day(-2))
        action = notice.with_user(self.accountant).action_register_payment()
        model = self.env["account.payment.register"].with_user(self.accountant)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual((form.amount, form.payment_date), (600, self.day(-2)))
        self.assertIn("TT 9", form.communication)
        form.save().action_create_payments()
        self.touch()
        self.assertEqual((notice.state, notice.received), ("confirmed", 600))

    def test_one_click_for_money_without_invoice(self):
        notice = self.report(1000, line_ids=self.parts())
        self.assertFalse(notice.line_ids)
        action = notice.with_user(self.accountant).action_register_payment()
        model = self.env["account.payment"].with_user(self.accountant)
        payment = Form(model.with_context(**action["context"])).save()
        self.assertEqual((payment.amount, payment.partner_id), (1000, self.customer))
        payment.action_post()
        self.touch()
        self.assertEqual(notice.state, "confirmed")

    def test_an_instalment_left_out_is_not_booked(self):
        later = self.create_invoice(400, self.today, self.day(20))
        [left_out] = self.receivable_lines(self.invoice)
        [line] = self.receivable_lines(later)
        notice = self.report(400, line_ids=self.parts((left_out, 0), (line, 400)))
        self.assertEqual(len(notice.line_ids), 2)
        action = notice.with_user(self.accountant).action_register_payment()
        self.assertEqual(action["context"]["active_ids"], line.ids)
        self.assertEqual(action["context"]["collection_notice_memo"], later.name)

    def test_cash_goes_to_the_cash_journal(self):
        notice = self.report(payment_form="cash")
        action = notice.with_user(self.accountant).action_register_payment()
        journal = self.env["account.journal"].browse(
            action["context"]["default_journal_id"]
        )
        self.assertEqual(journal.type, "cash")

    def test_refused_with_the_reason(self):
        notice = self.report()
        action = notice.with_user(self.accountant).action_refuse()
        form = self.open_dialog(action, self.accountant)
        form.reason = "No such transfer"
        form.save().action_apply()
        self.assertEqual(
            (notice.state, notice.reason), ("returned", "No such transfer")
        )
        todo = self.profile.activity_ids
        self.assertEqual(todo.user_id, self.rep)
        self.assertIn("1,000", todo.summary)
        self.assertFalse(self.read_covered())
        with self.assertRaisesRegex(UserError, "No such transfer"):
            notice.with_user(self.accountant).action_register_payment()

    def test_reported_once_more(self):
        notice = self.report()
        notice.with_user(self.accountant)._refuse("Not there")
        notice.with_user(self.rep).action_resend()
        self.assertEqual(notice.state, "open")
        self.assertFalse(self.profile.activity_ids)
        with self.assertRaises(UserError):
            notice.with_user(self.rep).action_resend()

    def test_an_hour_old_tab(self):
        notice = self.report().with_user(self.accountant)
        self.pay(self.invoice, date=self.today)
        self.touch()
        for press in (notice.action_register_payment, notice.action_refuse):
            with self.assertRaisesRegex(UserError, "confirmed already"):
                press()
        with self.assertRaisesRegex(UserError, "confirmed already"):
            notice.with_user(self.rep).write({"amount": 5})
        with self.assertRaisesRegex(UserError, "confirmed already"):
            notice.with_user(self.rep).unlink()

    # === WHO MAY ===#

    def test_rep_needs_no_right_on_payments(self):
        self.assertFalse(
            self.env["account.payment"].with_user(self.rep).has_access("read")
        )
        notice = self.report()
        self.assertEqual(notice.line_ids.line_name, self.invoice.name)
        with self.assertRaises(AccessError):
            notice.action_refuse()
        with self.assertRaises(AccessError):
            notice.action_register_payment()

    def test_reps_have_their_own_customers(self):
        other = self.new_user("field_other", "sale_collection.group_user")
        notice = self.report()
        with self.assertRaises(AccessError):
            notice.with_user(other).read(["amount"])
        with self.assertRaises(AccessError):
            self.report(user=other)
        with self.assertRaises(AccessError):
            notice.with_user(self.controller).write({"amount": 1})

    def test_companies_are_apart(self):
        other = self.setup_other_company(name="Second")["company"]
        notice = self.report()
        user = new_test_user(
            self.env,
            "field_second",
            "account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.notices.with_user(user)
        self.assertFalse(found.search([("id", "=", notice.id)]))
        with self.assertRaises(AccessError):
            notice.with_user(user).action_refuse()

    def test_timeline_tells(self):
        notice = self.report(600, number="CH 17")
        self.env.flush_all()
        rows = self.env["sale.collection.timeline"].with_user(self.rep)
        row = rows.search([("res_model", "=", notice._name)])
        self.assertEqual((row.kind, row.date), ("notice", self.today))
        self.assertIn("600", row.detail)
        self.assertIn("CH 17", row.detail)
