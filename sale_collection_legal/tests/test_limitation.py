from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import LegalCommon

YEARS = relativedelta(years=3)
# The smallest picture there is.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9"
    "BUNFygAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestLimitation(LegalCommon):
    """Until when an old debt can be claimed, what restarts it, and who is warned."""

    def read_clock(self, line=None):
        """Return last day, kind and day of the restart; None without a row."""
        self.env.cr.flush()
        self.clocks._refresh(self.company, self.today)
        row = self.clocks.search([("line_id", "=", (line or self.line).id)])
        return (row.last_day, row.restart, row.restart_day) if row else None

    def promise(self, **values):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.profile.id,
                "line_ids": [Command.set(self.line.ids)],
                "amount": 1000,
                "date": self.day(5),
                **values,
            }
        )
        promise.action_open()
        return promise

    # === CLOCK ===#

    def test_due_date_and_years(self):
        self.assertEqual(self.read_clock(), (self.day(60), False, False))
        row = self.clocks.search([("line_id", "=", self.line.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "profile_id": self.profile.id,
                    "move_id": self.invoice.id,
                    "date_due": self.due,
                    "amount": 1000,
                    "days_left": 60,
                    "is_in_court": False,
                }
            ],
        )

    def test_rule_of_the_country(self):
        self.company.country_id = self.env.ref("base.de")
        last = (self.due + YEARS).replace(month=12, day=31)
        self.assertEqual(self.read_clock()[0], last)
        self.company.country_id = self.env.ref("base.fr")
        self.assertIsNone(self.read_clock(), "five years: safe for a year")
        rule = self.env.ref("sale_collection_legal.limitation_rule_fr")
        rule.years = 2
        self.assertEqual(self.read_clock()[0], self.due + relativedelta(years=2))

    def test_new_debts_have_none(self):
        line = self.receivable_lines(self.create_invoice(50, self.day(-60), None))
        self.assertIsNone(self.read_clock(line))

    def test_settled_and_cancelled(self):
        self.read_clock()
        self.invoice.button_draft()
        self.assertIsNone(self.read_clock())
        self.invoice.action_post()
        line = self.receivable_lines(self.invoice)
        self.assertTrue(self.read_clock(line))
        self.pay(self.invoice, date=self.day(-1))
        self.touch()
        self.assertFalse(self.clocks.search([("move_id", "=", self.invoice.id)]))

    def test_second_time_changes_nothing(self):
        self.read_clock()
        row = self.clocks.search([("line_id", "=", self.line.id)])
        before = row.write_date
        self.env.flush_all()
        self.clocks._refresh(self.company, self.today)
        self.assertEqual(row.write_date, before)
        self.assertEqual(len(self.clocks.search([])), 1)

    # === RESTARTS ===#

    def test_part_payment_restarts_it(self):
        paid = self.day(-100)
        payment = self.pay(self.invoice, 300, date=paid)
        self.assertEqual(self.read_clock(), (paid + YEARS, "payment", paid))
        row = self.clocks.search([("line_id", "=", self.line.id)])
        self.assertEqual(row.amount, 700)
        proof = row.action_open_proof()
        receipt = self.env[proof["res_model"]].browse(proof["res_id"])
        self.assertEqual((receipt.amount, receipt.date), (300, paid))
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self.read_clock(), (self.day(60), False, False))

    def test_bounced_money_does_not(self):
        payment = self.pay(self.invoice, 300, date=self.day(-100))
        self.env["sale.collection.bounce"]._bounce(payment, self.today, "funds")
        self.assertEqual(self.read_clock(), (self.day(60), False, False))

    def test_credit_notes_do_not(self):
        note = self.create_invoice(
            100, self.day(-50), self.day(-50), move_type="out_refund"
        )
        self.match(self.invoice, note)
        self.assertEqual(self.read_clock(), (self.day(60), False, False))

    def test_money_after_the_end_does_not(self):
        lost = self.create_invoice(
            500, self.day(-365 * 4 - 30), self.day(-365 * 4), ref="lost"
        )
        line = self.receivable_lines(lost)
        self.pay(lost, 100, date=self.day(-10))
        last = self.day(-365 * 4) + YEARS
        self.assertEqual(self.read_clock(line), (last, False, False))

    def test_promise_in_writing_restarts_it(self):
        promise = self.promise()
        self.assertEqual(self.read_clock()[1], False, "spoken, not written")
        with self.assertRaisesRegex(UserError, "Attach"):
            promise.action_note_signed()
        self.env["ir.attachment"].create(
            {
                "name": "signed.pdf",
                "raw": b"signed",
                "res_model": promise._name,
                "res_id": promise.id,
            }
        )
        promise.invalidate_recordset()
        promise.with_user(self.collector).action_note_signed()
        self.assertTrue(promise.is_signed)
        expected = (self.today + YEARS, "promise", self.today)
        self.assertEqual(self.read_clock(), expected)
        row = self.clocks.search([("line_id", "=", self.line.id)])
        self.assertEqual(row.action_open_proof()["res_id"], promise.id)

    def test_promise_signed_on_a_screen_restarts_it(self):
        promise = self.promise()
        text = promise._get_signer_text()
        promise._sign(PIXEL, "Ms Li", text)
        promise.flush_recordset()
        expected = (self.today + YEARS, "promise", self.today)
        self.assertEqual(self.read_clock(), expected)

    def test_only_code_says_signed(self):
        promise = self.promise()
        with self.assertRaises(UserError):
            promise.with_user(self.collector).write({"is_signed": True})
        self.assertFalse(promise.is_signed)

    def test_acknowledged_balance_restarts_it(self):
        """By the way other addons answer with what they know."""
        day = self.day(-20)
        query = SQL(
            """SELECT %s AS line_id, %s::date AS day,
                      'res.partner' AS proof_model, %s AS proof_id""",
            self.line.id,
            day,
            self.customer.id,
        )
        self.patch(
            self.registry["sale.collection.acknowledgement"],
            "_get_sql",
            lambda known, company: query,
        )
        self.assertEqual(self.read_clock(), (day + YEARS, "balance", day))
        row = self.clocks.search([("line_id", "=", self.line.id)])
        self.assertEqual(row.action_open_proof()["res_id"], self.customer.id)

    # === WARNING ===#

    def find_warnings(self):
        kind = self.env.ref("sale_collection_legal.activity_limitation")
        return self.profile.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_warned_once(self):
        self.run_night("limitation")
        warning = self.find_warnings()
        self.assertEqual(warning.user_id, self.collector)
        self.assertIn(self.invoice.name, warning.note)
        self.run_night("limitation", today=self.day(1))
        self.assertEqual(self.find_warnings(), warning)

    def test_not_before_90_days(self):
        self.run_night("limitation", today=self.day(-31))
        self.assertFalse(self.find_warnings())
        self.run_night("limitation", today=self.day(-30))
        self.assertEqual(len(self.find_warnings()), 1)

    def test_warned_again_of_a_new_end(self):
        self.run_night("limitation")
        self.find_warnings().action_done()
        self.pay(self.invoice, 300, date=self.day(-5))
        self.run_night("limitation")
        self.assertFalse(self.find_warnings())
        end = self.day(-5) + YEARS
        self.run_night("limitation", today=end - timedelta(30))
        self.assertEqual(len(self.find_warnings()), 1)

    def test_a_debt_that_is_another_customers_now(self):
        self.read_clock()
        other = self.env["res.partner"].create({"name": "Bought the debt"})
        self.env["sale.collection.profile"]._for(other)
        self.customer.parent_id = other
        self.customer.is_company = False
        self.env.flush_all()
        buyer = self.customer.commercial_partner_id
        self.assertEqual(buyer, other)
        self.clocks._refresh(self.company, self.today, buyer.ids)
        row = self.clocks.search([("line_id", "=", self.line.id)])
        self.assertEqual((row.partner_id, row.last_day), (other, self.day(60)))

    def test_not_while_in_court(self):
        court = self.hand_over(kind="court")
        self.run_night("limitation")
        self.assertFalse(self.find_warnings())
        self.assertTrue(self.clocks.search([]).is_in_court)
        court.result = "Out of order"
        court.action_take_back()
        self.run_night("limitation")
        self.assertEqual(len(self.find_warnings()), 1)

    def test_not_once_it_is_won(self):
        court = self.hand_over(kind="court")
        court.result = "Judgment of the court"
        court.action_win()
        self.run_night("limitation")
        self.assertFalse(self.find_warnings())

    def test_listed_today(self):
        self.run_night("refresh", "limitation", "work")
        rule = self.env.ref("sale_collection_legal.work_rule_limitation")
        self.assertIn(rule, self.profile.work_rule_ids)

    # === GROWTH ===#

    def count_queries(self, do, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        do(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow(self):
        self.clocks._refresh(self.company, self.today)
        few = self.count_queries(self.clocks._refresh, self.company, self.today)
        for number in range(12):
            invoice = self.create_invoice(
                100 + number, self.due - timedelta(30), self.due
            )
            self.pay(invoice, 10, date=self.day(-50))
        self.env.cr.flush()
        self.clocks._refresh(self.company, self.today)
        self.assertEqual(len(self.clocks.search([])), 13)
        many = self.count_queries(self.clocks._refresh, self.company, self.today)
        self.assertLessEqual(many, few + 1)

    # === COMPANIES AND CURRENCIES ===#

    def test_second_company(self):
        other = self.setup_other_company()["company"]
        self.run_night("limitation")
        self.clocks._refresh(other, self.today)
        self.assertEqual(self.clocks.search([]).company_id, self.company)
        stranger = self.new_user(
            "stranger",
            "sale_collection.group_all_customers",
        )
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.clocks.with_user(stranger).search([]))

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        invoice = self.create_invoice(
            1000, self.due - timedelta(30), self.due, currency_id=currency.id
        )
        self.read_clock()
        row = self.clocks.search([("move_id", "=", invoice.id)])
        self.assertEqual(row.amount, 500)
