import base64
import csv
import io
from datetime import date, timedelta
from unittest.mock import patch

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestSettlementDesk(SettlementCommon):
    """What stands around a settlement: doubts, access, questions, pay-out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.env["res.partner"].create(
            {"name": "Agent", "email": "agent@example.com"}
        )

    def doubts(self, settlement):
        """Return {kind: (money, commission at stake)} of a settlement."""
        return {
            doubt.kind: (doubt.money, doubt.amount) for doubt in settlement.doubt_ids
        }

    def line(self, invoice):
        return self.receivable_lines(invoice)

    # === UNCERTAIN ===#

    def test_nothing_is_uncertain(self):
        invoice = self.sell(1000)
        self.pay(invoice, date=date.today())
        first = date.today() - timedelta(1)
        self.env.cr.flush()
        draft = self.settlements._prepare(self.rep, first, date.today())
        self.assertPays(draft, earned=100)
        self.assertEqual(self.doubts(draft), {})
        self.assertEqual((draft.doubt_count, draft.doubt_amount), (0, 0))

    def test_money_dated_long_before_its_entry(self):
        self.company.collection_late_booking_days = 30
        invoice = self.sell(1000)
        self.pay(invoice, 400, date="2026-01-20")
        draft = self.prepare()
        self.assertEqual(self.doubts(draft), {"late": (400, 40)})
        self.assertEqual(draft.doubt_ids.move_id, invoice)
        self.assertEqual(draft.doubt_amount, 40)
        self.company.collection_late_booking_days = 5000
        draft.action_refresh()
        self.assertEqual(self.doubts(draft), {})

    def dispute(self, invoice, amount):
        """Open a dispute over a part of an invoice."""
        profile = self.env["sale.collection.profile"]._for(self.customer)
        reason = self.env["sale.collection.reason"].search([], limit=1)
        line = {"line_id": self.line(invoice).id, "amount": amount}
        self.env["sale.collection.dispute"].create(
            {
                "profile_id": profile.id,
                "reason_id": reason.id,
                "line_ids": [Command.create(line)],
            }
        )

    def test_moved_due_dates_write_offs_and_disputes(self):
        self.company.collection_late_booking_days = 5000
        term = self.env.ref("account.account_payment_term_30days")
        on_term = {"due": None, "invoice_payment_term_id": term.id}
        moved, in_time = self.sell(1000, **on_term), self.sell(500, **on_term)
        self.agree_on_due(self.line(moved), "2026-02-28")
        self.pay(moved | in_time, date="2026-01-20")
        self.pay(
            self.sell(1000),
            990,
            "2026-01-20",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        disputed = self.sell(1000)
        self.pay(disputed, 300, "2026-01-20")
        self.dispute(disputed, 250)
        draft = self.prepare()
        self.assertEqual(
            self.doubts(draft),
            {"due": (1000, 100), "write_off": (10, 99), "dispute": (250, 30)},
        )
        due = draft.doubt_ids.filtered(lambda doubt: doubt.kind == "due")
        self.assertEqual((due.move_id, due.date), (moved, date(2026, 2, 28)))

    def create_bank_line(self, amount, partner, day="2026-01-31"):
        """Put money on the bank that nobody has matched."""
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": day,
                "partner_id": partner.id,
                "payment_ref": "?",
                "amount": amount,
            }
        )

    def test_bank_lines_nobody_has_matched(self):
        self.company.collection_late_booking_days = 5000
        self.sell(1000, paid="2026-01-20")
        self.sell(700)
        nobody = self.env["res.partner"]
        stranger = nobody.create({"name": "Stranger"})
        for day, partner, amount in (
            ("2026-01-31", self.customer, 150),
            ("2026-01-31", nobody, 40),
            ("2026-02-01", self.customer, 999),
            ("2026-01-31", stranger, 999),
        ):
            self.create_bank_line(amount, partner, day)
        doubts = self.prepare().doubt_ids
        self.assertEqual(set(doubts.mapped("kind")), {"bank"})
        self.assertEqual(
            {(doubt.partner_id, doubt.money, doubt.amount) for doubt in doubts},
            {(self.customer, 150.0, 15.0), (nobody, 40.0, 4.0)},
        )

    def test_bank_line_of_a_customer_whose_payment_was_set_to_draft(self):
        self.company.collection_late_booking_days = 5000
        self.sell(1000, paid="2026-01-20")
        owed = self.sell(700)
        payment = self.pay(owed, date="2026-01-25")
        self.create_bank_line(150, self.customer)
        self.assertFalse(self.prepare().doubt_ids, "nothing is open")
        payment.action_draft()
        self.assertFalse(owed.amount_residual, "core keeps the match")
        [doubt] = self.prepare().doubt_ids
        self.assertEqual((doubt.kind, doubt.money, doubt.amount), ("bank", 150.0, 15.0))

    def test_bank_lines_of_customers_a_rep_has_a_share_of(self):
        self.company.collection_late_booking_days = 5000
        self.env["sale.collection.commission.share"].create(
            {
                "user_id": self.other_rep.id,
                "percent": 50,
                "partner_id": self.customer.id,
            }
        )
        self.sell(1000, paid="2026-01-20")
        self.sell(700)
        self.create_bank_line(150, self.customer)
        for rep in (self.rep, self.other_rep):
            [doubt] = self.prepare(rep=rep).doubt_ids
            self.assertEqual((doubt.kind, doubt.money), ("bank", 150.0))
            self.assertEqual(doubt.amount, 7.5)

    # === NOT IN IT ===#

    def missing(self, user=None):
        """Return {invoice: reason} as a user sees it."""
        self.env.invalidate_all()
        rows = self.env["sale.collection.settlement.missing"].with_user(
            user or self.manager
        )
        return {row.move_id: row.reason for row in rows.search([])}

    def test_not_in_it_because(self):
        overdue, later, disputed, booked, paid = (
            self.sell(100, due=due)
            for due in (
                "2026-01-31",
                "2199-01-31",
                "2026-01-31",
                "2026-01-31",
                "2026-01-31",
            )
        )
        self.pay(paid, date="2026-01-20")
        self.settle()
        self.pay(booked, date="2026-02-20")
        self.env.cr.flush()
        self.entries._accrue()
        self.dispute(disputed, 100)
        unpaid_for = self.sell(100, date="2024-12-31", paid="2026-02-20")
        self.env.cr.flush()
        self.entries._accrue()
        foreign = self.sell(100, self.other_rep)
        expected = {
            overdue: "overdue",
            later: "not_due",
            disputed: "disputed",
            booked: "unsettled",
            unpaid_for: "no_plan",
        }
        self.assertEqual(self.missing(self.rep), expected)
        self.assertEqual(self.missing(), {**expected, foreign: "overdue"})
        note = self.sell(30, move_type="out_refund")
        self.assertEqual(self.missing(self.rep)[overdue], "unmatched")
        note.button_draft()

    # === ACCESS ===#

    def test_a_rep_sees_his_own_once_confirmed(self):
        self.sell(1000, paid="2026-01-20")
        self.sell(500, self.other_rep, paid="2026-01-20")
        mine = self.prepare()
        own = self.settlements.with_user(self.rep)
        self.assertFalse(own.search([]))
        mine.action_confirm()
        theirs = self.settle(rep=self.other_rep)
        self.assertEqual(own.search([]), mine)
        self.assertEqual([row[0] for row in own.name_search("")], mine.ids)
        self.assertFalse(own.name_search(theirs.name))
        own.search([]).read(["amount_payable", "display_name"])
        self.rep.group_ids += self.env.ref("base.group_allow_export")
        foreign = theirs.with_user(self.rep)
        report = self.env.ref("sale_collection_commission.report_settlement").with_user(
            self.rep
        )
        for leak in (
            lambda: foreign.read(["amount_payable"]),
            lambda: foreign.export_data(["name", "amount_payable"]),
            lambda: foreign.message_ids.read(["body"]),
            lambda: foreign.line_ids.read(["amount"]),
            lambda: foreign.action_accept(),
            lambda: foreign.message_post(body="Hello"),
            lambda: report._render_qweb_html(report.report_name, theirs.ids),
        ):
            with self.assertRaises(AccessError):
                leak()
        html = report._render_qweb_html(report.report_name, mine.ids)[0].decode()
        self.assertIn(mine.name, html)
        seen = foreign.env["sale.collection.settlement.rate"].search([])
        self.assertEqual(seen.settlement_id, mine)

    def test_only_managers_settle(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        clerk = self.create_user("bills", "account.group_account_manager")
        for user in self.rep, clerk:
            with self.assertRaises(AccessError):
                self.settlements.with_user(user)._prepare(
                    self.rep, "2026-01-01", "2026-01-31"
                )
            for call in ("action_confirm", "action_refresh", "action_cancel"):
                with self.assertRaises(AccessError):
                    getattr(draft.with_user(user), call)()
            with self.assertRaises(AccessError):
                draft.with_user(user).doubt_ids.read(["amount"])
        self.assertFalse(self.settlements.with_user(clerk).search([]))
        with self.assertRaises(AccessError):
            self.settlements.create(
                {
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "user_id": self.rep.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-01-31",
                }
            )

    def test_reopening_is_for_managers_and_asks_why(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        dialog = self.env["sale.collection.settlement.reopen"]
        values = {"settlement_ids": [Command.set(january.ids)], "reason": "Rate"}
        with self.assertRaises(AccessError):
            dialog.with_user(self.rep).create(values)
        with self.assertRaises(AccessError):
            january.with_user(self.rep)._reopen("Rate")
        action = dialog.with_user(self.manager).create(values).action_reopen()
        self.assertEqual(action["res_id"], january.reversed_by_id.id)
        self.assertEqual(january.reopen_reason, "Rate")
        self.assertEqual(january.reversed_by_id.confirmed_by_id, self.manager)

    # === THE REP ===#

    def test_rep_accepts(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        with self.assertRaisesRegex(AccessError, "Only"):
            january.action_accept()
        january.with_user(self.rep).action_accept()
        self.assertEqual(january.rep_state, "accepted")
        self.assertTrue(january.accepted_at)

    def test_asking_about_the_entry_of_another_tells_no_amount(self):
        """Names of what is chosen are read with the rights of the system."""
        self.sell(777, self.other_rep, paid="2026-01-15")
        self.settle(rep=self.other_rep)
        secret = self.entries.search([("user_id", "=", self.other_rep.id)])
        self.assertTrue(secret)
        dialogs = self.env["sale.collection.settlement.ask"].with_user(self.rep)
        dialogs = dialogs.with_context(collection_with_amount=True)
        values = {"settlement_id": secret.settlement_id.id, "entry_id": secret[:1].id}
        shown = {"entry_id": {"fields": {"display_name": {}}}}
        with self.assertRaises(AccessError) as told:
            dialogs.onchange(values, ["entry_id"], shown)
        self.assertNotIn("77.7", str(told.exception))
        with self.assertRaises(AccessError) as told:
            dialogs.create({**values, "text": "How much?"})
        self.assertNotIn("77.7", str(told.exception))
        own = secret.with_user(self.other_rep).with_context(collection_with_amount=True)
        self.assertIn("77.7", own[:1].display_name)

    def test_rep_asks_and_the_manager_answers(self):
        self.sell(1000, paid="2026-01-20")
        self.sell(500, self.other_rep, paid="2026-01-20")
        january, foreign = self.settle(), self.settle(rep=self.other_rep)
        dialog = self.env["sale.collection.settlement.ask"].with_user(self.rep)
        values = {"settlement_id": january.id, "text": "Why only this?"}
        with self.assertRaisesRegex(AccessError, "Commission entry"):
            dialog.create({**values, "entry_id": foreign.entry_ids.id})
        later = self.sell(300, paid="2026-02-05")
        self.env.cr.flush()
        self.entries._accrue()
        later = self.entries.search([("move_ref", "=", later.id)])
        with self.assertRaisesRegex(ValidationError, "About the entry"):
            dialog.create({**values, "entry_id": later.id}).action_ask()
        dialog.create({**values, "entry_id": january.entry_ids.id}).action_ask()
        question = january.question_ids
        self.assertEqual((january.rep_state, january.question_count), ("asked", 1))
        self.assertEqual(question.activity_ids.user_id, self.manager)
        self.assertFalse(
            self.env["sale.collection.settlement.question"]
            .with_user(self.other_rep)
            .search([])
        )
        answer = question.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Answer: type it"):
            answer.action_answer()
        answer.answer = "10 % of 1,000."
        answer.action_answer()
        self.assertRecordValues(
            question, [{"state": "answered", "answered_by_id": self.manager.id}]
        )
        self.assertFalse(question.activity_ids)
        self.assertIn(self.rep.partner_id, question.message_ids.notified_partner_ids)
        question.with_user(self.rep).message_post(body="Thank you")
        with self.assertRaises(AccessError):
            question.with_user(self.rep).write({"answer": "Mine"})

    def test_statement_by_mail_in_the_language_of_the_rep(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "Confirm a settlement"):
            draft.action_send()
        draft.action_confirm()
        self.rep.partner_id.email = False
        with self.assertRaisesRegex(UserError, "E-mail: settled"):
            draft.action_send()
        self.rep.partner_id.email = "rep@example.com"
        draft.action_send()
        message = draft.message_ids[:1]
        self.assertEqual(message.partner_ids, self.rep.partner_id)
        self.assertIn(draft.name, message.subject)
        self.assertTrue(draft.sent_at)

    # === PAID ===#

    def export(self, settlements, file_format):
        dialog = self.env["sale.collection.settlement.export"].with_user(self.manager)
        wizard = dialog.create(
            {
                "settlement_ids": [Command.set(settlements.ids)],
                "file_format": file_format,
            }
        )
        wizard.action_export()
        return wizard, base64.b64decode(wizard.file)

    def test_payroll_files(self):
        self.plan.reserve_percent = 15
        self.rep.name = "=1+1"
        self.sell(10000, paid="2026-01-20")
        self.sell(500, self.other_rep, paid="2026-01-20")
        both = self.settle() | self.settle(rep=self.other_rep)
        wizard, content = self.export(both, "csv")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        self.assertEqual(len(rows), 3)
        mine = next(row for row in rows if row[1] == self.rep.login)
        self.assertEqual(mine[2], "'=1+1")
        self.assertEqual(mine[4:6], ["2026-01-01", "2026-01-31"])
        self.assertEqual(mine[7:10], ["1000.00", "0.00", "-150.00"])
        self.assertEqual(mine[-1], "850.00")
        self.assertTrue(wizard.filename.endswith(".csv"))
        self.assertTrue(all(both.mapped("exported_at")))
        wizard, content = self.export(both, "xlsx")
        self.assertEqual(wizard.again_count, 2)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        mine = next(row for row in cells if row[1] == self.rep.login)
        self.assertEqual((mine[2], mine[-1]), ("=1+1", 850))

    def test_payroll_takes_confirmed_employees_only(self):
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "is not for payroll"):
            self.export(draft, "csv")

    def test_mark_as_paid(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        dialog = self.env["sale.collection.settlement.pay"].with_user(self.manager)
        values = {"settlement_ids": [Command.set(january.ids)]}
        with self.assertRaisesRegex(ValidationError, "this day is to come"):
            dialog.create({**values, "date": "2099-01-01"})
        dialog.create({**values, "date": "2026-02-05"}).action_pay()
        self.assertRecordValues(
            january, [{"state": "paid", "date_paid": date(2026, 2, 5)}]
        )

    def settle_agent(self):
        """Return the confirmed settlement of an agent with a share of 40 %."""
        self.plan.copy({"name": "Agents", "agent_ids": [Command.set(self.agent.ids)]})
        self.env["sale.collection.commission.share"].create(
            {"partner_id": self.customer.id, "agent_id": self.agent.id, "percent": 40}
        )
        self.sell(1000, paid="2026-01-20")
        settlement = self.settle(rep=self.agent)
        self.assertEqual(settlement.agent_id, self.agent)
        return settlement

    def test_agent_is_paid_by_vendor_bill(self):
        january = self.settle_agent()
        self.assertPays(january, earned=40, payable=40)
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        january.action_create_bill()
        bill = january.bill_id
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.agent.id,
                    "invoice_origin": january.name,
                    "state": "draft",
                }
            ],
        )
        self.assertEqual(bill.invoice_line_ids.price_unit, 40)
        with self.assertRaisesRegex(UserError, "is billed already"):
            january.action_create_bill()
        bill.invoice_line_ids.tax_ids = False
        bill.action_post()
        self.pay(bill, date="2026-02-05")
        self.assertEqual(january.state, "paid")

    def test_bill_falls_with_its_settlement(self):
        january = self.settle_agent()
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        january.action_create_bill()
        january._reopen("Wrong share")
        self.assertEqual(january.bill_id.state, "cancel")
        self.assertEqual(january.state, "cancelled")
        again = self.settle(rep=self.agent)
        again.action_create_bill()
        again.bill_id.action_post()
        reversal = again._reopen("Wrong again")
        self.assertEqual(again.bill_id.state, "posted")
        self.assertPays(reversal, forward=-40, payable=0)

    def test_employees_are_not_billed(self):
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        with self.assertRaisesRegex(UserError, "is of an employee"):
            january.action_create_bill()

    def test_statement_prints(self):
        self.plan.reserve_percent = 15
        self.sell(1000, paid="2026-01-20")
        january = self.settle()
        report = self.env.ref("sale_collection_commission.report_settlement")
        html = report._render_qweb_html(report.report_name, january.ids)[0].decode()
        for text in (january.name, "15 % kept back", "85.00", "In the reserve after"):
            self.assertIn(text, html)
        self.sell(500, self.other_rep, paid="2026-01-20")
        both = january | self.settle(rep=self.other_rep)
        self.assertPrintsEach(report.report_name, both)

    def test_a_failing_note_of_ours_does_not_stop_paying_a_bill(self):
        january = self.settle_agent()
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        january.action_create_bill()
        january.bill_id.invoice_line_ids.tax_ids = False
        january.bill_id.action_post()
        registry = self.env.registry["sale.collection.settlement"]
        with patch.object(registry, "_mark_paid") as mark:
            self.pay(january.bill_id, date="2026-02-05")
        mark.assert_called_once()
