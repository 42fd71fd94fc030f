from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import FieldCommon

CHECKS = ("has_drawer", "has_words", "has_seal", "has_dates", "has_endorsements")
MATURITY = 40


class BillCommon(FieldCommon):
    @classmethod
    def take(cls, amount=1000, user=None, matures=MATURITY, **values):
        """Return a bill as a rep takes it in, all checks passed."""
        bill = cls.env["sale.collection.bill"].with_user(user or cls.rep)
        bill = bill.create(
            {
                "profile_id": cls.profile.id,
                "number": "B 1",
                "amount": amount,
                "issue_date": cls.today,
                "maturity_date": cls.day(matures),
                **dict.fromkeys(CHECKS, True),
                **values,
            }
        )
        cls.env.cr.flush()
        return bill

    def book(self, bill, **values):
        """Book a bill as the accountant does, with what core's dialog proposes."""
        action = bill.with_user(self.accountant).action_register_payment()
        model = self.env[action["res_model"]].with_user(self.accountant)
        form = Form(model.with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        form.save().action_create_payments()
        self.touch()
        return bill.sudo().payment_id

    def match_with_bank(self, payment):
        """Match a payment of 1,000 with a line of the bank."""
        [paid] = payment._seek_for_lines()[0]
        bank = self.bank_journal.default_account_id
        entry = self.create_entry(
            [(paid.account_id, -1000), (bank, 1000)], date=self.today
        )
        other = entry.line_ids.filtered(lambda line: line.account_id == paid.account_id)
        (paid + other).reconcile()
        self.assertTrue(payment.is_matched)

    def book_without_invoice(self, bill):
        """Book a bill that is for no invoice, with what core's form proposes."""
        action = bill.with_user(self.accountant).action_register_payment()
        model = self.env[action["res_model"]].with_user(self.accountant)
        payment = Form(model.with_context(**action["context"])).save()
        payment.action_post()
        self.touch()
        return payment

    def read_facts(self, today=None):
        self.env.cr.flush()
        facts = self.profile.sudo()._get_live_facts(today or self.today)
        return facts[self.customer.id]

    def read_aging(self):
        """Return [(amount, days, why covered)] of the aging of today."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["sale.collection.aging"].search(
            [("partner_id", "=", self.customer.id)], order="date_base desc"
        )
        return [(row.amount, row.age, row.covered_by) for row in rows]


@tagged("post_install", "-at_install")
class TestBill(BillCommon):
    """Cheques and bills: who takes them, and what becomes of them."""

    def test_taken_on_the_spot(self):
        bill = self.take()
        self.assertEqual((bill.state, bill.reason), ("hand", False))
        self.assertEqual(bill.line_ids.mapped("amount"), [1000])

    def test_bills_of_before_the_field_were_taken_when_entered(self):
        """An upgrade knows no better; its own moment would undo every promise."""
        bill = self.take().sudo()
        self.cr.execute(
            """UPDATE sale_collection_bill
                  SET taken_at = NULL, create_date = '2020-01-01 10:00:00'
                WHERE id = %s""",
            [bill.id],
        )
        bill._init_column("taken_at")
        bill.invalidate_recordset()
        self.assertEqual(str(bill.taken_at), "2020-01-01 10:00:00")

    def test_bills_of_before_the_field_go_back_to_the_bank(self):
        """Untied after an upgrade, the bank still has what it had."""
        found = []
        for number, acts in enumerate(
            [(), ("action_deposit",), ("action_deposit", "action_clear")]
        ):
            invoice = self.create_invoice(500, self.day(-20), self.day(-5))
            parts = self.parts((self.receivable_lines(invoice), 500))
            bill = self.take(500, matures=0, number=f"C {number}", line_ids=parts)
            bill = bill.with_user(self.accountant)
            self.book(bill)
            for act in acts:
                getattr(bill, act)()
            self.env.flush_all()
            self.cr.execute(
                "UPDATE sale_collection_bill SET was_deposited = NULL WHERE id = %s",
                [bill.id],
            )
            bill._init_column("was_deposited")
            self.env.invalidate_all()
            bill.action_untie()
            found.append((bill.state, bill.is_booked))
        self.assertEqual(
            found, [("hand", False), ("deposited", False), ("deposited", False)]
        )

    @contextmanager
    def assertRefused(self, message):
        """Assert that the block is refused, leaving nothing behind."""
        with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
            yield

    def test_parts_stay_within_the_amount(self):
        """A part is changed by itself too: 1,000 of a bill of 600 is refused."""
        bill = self.take(600)
        part = bill.line_ids
        with self.assertRefused("more than the amount"):
            part.amount = 1000
        second = self.create_invoice(300, self.day(-50), self.day(-20))
        line = self.receivable_lines(second)
        with self.assertRefused("more than the amount"):
            part.create({"bill_id": bill.id, "line_id": line.id, "amount": 1})
        other = self.take(200, number="B 9")
        with self.assertRefused("more than the amount"):
            other.line_ids.write({"bill_id": bill.id, "line_id": line.id})
        # In one go they may trade places, whichever is written first.
        bill.line_ids.amount = 200
        bill.line_ids.create({"bill_id": bill.id, "line_id": line.id, "amount": 400})
        first, last = bill.line_ids
        bill.line_ids = [
            Command.update(first.id, {"amount": 400}),
            Command.update(last.id, {"amount": 200}),
        ]
        self.assertEqual(bill.line_ids.mapped("amount"), [400, 200])

    def test_parts_stay_with_the_customer(self):
        bill = self.take(600)
        other = self.env["res.partner"].create(
            {"name": "Other", "user_id": self.rep.id}
        )
        theirs = self.create_invoice(900, self.day(-50), self.day(-20), partner=other)
        line = self.receivable_lines(theirs)
        with self.assertRefused("posted invoices of"):
            bill.line_ids.line_id = line
        with self.assertRefused("posted invoices of"):
            bill.line_ids.create({"bill_id": bill.id, "line_id": line.id})

    def test_nothing_changes_while_a_payment_is_in_draft(self):
        """Else it would be posted for what the bill is no more."""
        bill = self.take(600)
        action = bill.with_user(self.accountant).action_register_payment()
        payment = self.env["account.payment"].with_user(self.accountant)
        payment = payment.with_context(collection_bill_id=bill.id).create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 600,
                "journal_id": self.bank_journal.id,
            }
        )
        self.assertEqual(action["res_model"], "account.payment.register")
        self.assertEqual((bill.sudo().payment_id, payment.state), (payment, "draft"))
        with self.assertRaisesRegex(UserError, "in draft"):
            bill.amount = 500
        with self.assertRaisesRegex(UserError, "in draft"):
            bill.line_ids.amount = 1
        payment.unlink()
        bill.amount = 500
        self.assertEqual(bill.amount, 500)

    def test_what_others_took_of_an_instalment(self):
        """Of 1,000 a notice is for 300, with 100 come, and a bill for 200."""
        notice = self.report(300)
        self.take(200, number="B 7")
        rest = self.take(1000, number="B 8")
        self.assertEqual(rest.line_ids.mapped("amount"), [500])
        rest.unlink()
        self.pay(self.invoice, 100, date=self.today)
        self.touch()
        self.assertEqual((notice.state, notice.received), ("open", 100))
        # 900 are open: 200 of them reported, 200 in the bill.
        rest = self.take(1000, number="B 8")
        self.assertEqual(rest.line_ids.mapped("amount"), [500])

    def test_a_bill_whose_payment_was_cancelled_is_in_hand(self):
        """Of 1,000 a bill is for 400: booked without matching, and then not at all."""
        bill = self.take(400)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 400,
                "journal_id": self.bank_journal.id,
            }
        )
        bill.sudo().payment_id = payment
        payment.action_post()
        for cancelled in (False, True):
            if cancelled:
                payment.action_draft()
                payment.action_cancel()
            other = self.take(1000, number="B 8")
            self.assertEqual(other.line_ids.mapped("amount"), [600])
            other.unlink()

    def test_form_proposes_the_debts(self):
        form = Form(self.env["sale.collection.bill"].with_user(self.rep))
        form.profile_id = self.profile
        form.number = "B 2"
        form.amount = 600
        form.maturity_date = self.day(30)
        bill = form.save()
        self.assertEqual(bill.line_ids.mapped("amount"), [600])
        self.assertEqual(bill.state, "asked", "nothing has been looked at")

    def test_doubts_are_the_controller_s(self):
        long = self.take(issue_date=self.today, matures=91)
        self.assertEqual(long.state, "asked")
        self.assertIn("91 days, more than 90", long.reason)
        self.assertEqual(self.take(matures=90, number="B 2").state, "hand")
        foreign = self.take(number="B 3", has_drawer=False)
        self.assertEqual(foreign.reason, "the drawer is not the customer")
        unsealed = self.take(number="B 4", has_seal=False)
        self.assertIn("Seal and signature", unsealed.reason)
        self.assertEqual(len(self.profile.activity_ids), 3)
        with self.assertRaises(AccessError):
            long.action_approve()

    def test_a_foreign_drawer_is_a_doubt_whatever_is_ticked(self):
        foreign = self.take(drawer="Third Ltd")
        self.assertEqual(
            (foreign.state, foreign.reason), ("asked", "the drawer is not the customer")
        )
        foreign.drawer = False
        self.assertEqual((foreign.state, foreign.reason), ("hand", False))
        self.customer.name = "Customer Ltd"
        own = self.take(number="B 2", drawer=" customer  LTD ")
        self.assertEqual((own.state, own.reason), ("hand", False))
        own.drawer = "Customer Two Ltd"
        self.assertEqual(own.state, "asked")

    def test_controller_decides(self):
        bill = self.take(has_drawer=False)
        self.assertFalse(self.read_covered(), "not taken yet")
        bill.with_user(self.controller).action_approve()
        self.assertEqual(bill.state, "hand")
        self.assertFalse(self.profile.activity_ids)
        self.assertTrue(self.read_covered())
        with self.assertRaisesRegex(UserError, "is now: In hand"):
            bill.with_user(self.controller).action_refuse()
        other = self.take(number="B 2", has_drawer=False)
        other.with_user(self.controller).action_refuse()
        self.assertEqual(other.state, "refused")
        self.assertEqual(self.profile.activity_ids.user_id, self.rep)

    def test_another_amount_is_decided_on_anew(self):
        bill = self.take(500, has_drawer=False)
        bill.with_user(self.controller).action_approve()
        self.assertEqual(bill.state, "hand")
        bill.write({"amount": 800})
        self.assertEqual(
            (bill.state, bill.reason), ("asked", "the drawer is not the customer")
        )
        self.assertEqual(bill.line_ids.mapped("amount"), [800])
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_more_doubts_while_it_is_asked(self):
        bill = self.take(has_drawer=False)
        bill.write({"has_seal": False})
        self.assertEqual(bill.state, "asked")
        self.assertEqual(
            bill.reason,
            "the drawer is not the customer; not checked: Seal and signature are there",
        )
        self.assertEqual(len(self.profile.activity_ids), 1, "asked once")

    def test_dated_ahead_it_runs_from_the_day_it_was_taken(self):
        bill = self.take(issue_date=self.day(20), matures=100)
        self.assertEqual(bill.state, "asked")
        self.assertIn("100 days, more than 90", bill.reason)

    def test_a_doubt_that_is_gone(self):
        bill = self.take(has_seal=False)
        bill.write({"has_seal": True})
        self.assertEqual((bill.state, bill.reason), ("hand", False))
        self.assertFalse(self.profile.activity_ids)

    def test_accountant_books_and_clears(self):
        bill = self.take(600)
        with self.assertRaises(AccessError):
            bill.action_register_payment()
        payment = self.book(bill)
        self.assertEqual((payment.amount, payment.date), (600, self.today))
        self.assertEqual(self.invoice.amount_residual, 400)
        self.assertTrue(bill.is_booked)
        with self.assertRaisesRegex(UserError, "booked already"):
            bill.with_user(self.accountant).action_register_payment()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            bill.with_user(self.rep).write({"amount": 5})
        bill.with_user(self.accountant).action_deposit()
        with self.assertRaisesRegex(UserError, "matures on"):
            bill.with_user(self.accountant).action_clear()
        bill.sudo().maturity_date = self.today
        bill.with_user(self.accountant).action_clear()
        self.assertEqual(bill.state, "cleared")
        with self.assertRaisesRegex(UserError, "is now: Cleared"):
            bill.with_user(self.accountant).action_deposit()

    def test_booked_without_invoice(self):
        bill = self.take(300, line_ids=self.parts())
        payment = self.book_without_invoice(bill)
        self.assertEqual(bill.sudo().payment_id, payment)

    def test_booked_once_through_two_dialogs(self):
        bill = self.take(600)
        action = bill.with_user(self.accountant).action_register_payment()
        model = self.env[action["res_model"]].with_user(self.accountant)
        hour_old = Form(model.with_context(**action["context"])).save()
        payment = self.book(bill)
        with self.assertRaisesRegex(UserError, "booked already"):
            hour_old.action_create_payments()
        self.assertEqual(bill.sudo().payment_id, payment)

    def test_the_next_paper_falls_on_the_next_invoice(self):
        later = self.create_invoice(400, self.day(-40), self.day(-10))
        first = self.take(1000)
        self.assertEqual(first.line_ids.line_name, self.invoice.name)
        notice = self.report(300)
        self.assertEqual(notice.line_ids.line_name, later.name)
        self.assertEqual(notice.line_ids.amount, 300)
        bill = self.take(150, number="B 2")
        self.assertEqual(bill.line_ids.line_name, later.name)
        self.assertEqual(bill.line_ids.amount, 100, "what no other is for")

    def test_a_part_stays_with_its_paper(self):
        part = self.take(600).line_ids
        theirs = self.take(user=self.accountant, line_ids=self.parts())
        with self.assertRaisesRegex(AccessError, "Only who took a bill"):
            part.write({"bill_id": theirs.id})

    def test_a_part_stays_with_its_customer(self):
        part = self.take(600).line_ids
        other = self.env["res.partner"].create({"name": "Other"})
        other.user_id = self.rep
        profile = self.env["sale.collection.profile"]._for(other)
        strange = self.take(profile_id=profile.id)
        with self.assertRaisesRegex(ValidationError, "posted invoices of Other"):
            part.write({"bill_id": strange.id})

    def test_of_another_customer(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        payment = self.env["account.payment"].create(
            {"partner_id": stranger.id, "amount": 10}
        )
        with self.assertRaises(ValidationError):
            self.take()._set_payment(payment)

    def test_from_a_notice(self):
        notice = self.report(600, payment_form="cheque", number="CH 9")
        action = notice.with_user(self.accountant).action_take_in()
        model = self.env["sale.collection.bill"].with_user(self.accountant)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual((form.amount, form.number, form.kind), (600, "CH 9", "cheque"))
        form.maturity_date = self.day(5)
        bill = form.save()
        self.assertEqual((notice.state, notice.bill_ids), ("confirmed", bill))
        self.run_night(self.day(10))
        self.assertEqual(notice.state, "confirmed")

    def test_refused_with_its_notice(self):
        notice = self.report(600, payment_form="cheque")
        bill = self.take(600, has_seal=False, notice_id=notice.id)
        self.assertEqual((notice.state, bill.state), ("confirmed", "asked"))
        bill.with_user(self.controller).action_refuse()
        self.assertEqual(notice.state, "returned")
        self.assertEqual(notice.reason, "not checked: Seal and signature are there")
        summaries = self.profile.activity_ids.mapped("summary")
        self.assertIn("Payment notice returned", str(summaries))
        notice.action_resend()
        self.pay(self.invoice, 600, date=self.today)
        self.touch()
        self.assertEqual(notice.state, "confirmed", "by its money")

    def test_its_money_confirms_no_other_notice(self):
        cheque = self.report(600, payment_form="cheque")
        other = self.report(400)
        bill = self.take(600, notice_id=cheque.id)
        self.assertEqual(bill.line_ids.mapped("amount"), [600])
        self.book(bill)
        self.assertEqual((cheque.state, other.state), ("confirmed", "open"))
        self.assertEqual(other.received, 0)
        self.pay(self.invoice, 400, date=self.today)
        self.touch()
        self.assertEqual(other.state, "confirmed")

    def test_its_money_without_invoice_confirms_no_other_notice(self):
        cheque = self.report(300, payment_form="cheque")
        other = self.report(300)
        bill = self.take(300, notice_id=cheque.id, line_ids=self.parts())
        self.book_without_invoice(bill)
        self.assertEqual((other.state, other.received), ("open", 0))

    def test_notice_of_another_customer(self):
        notice = self.report(600)
        other = self.env["res.partner"].create({"name": "Other"})
        other.user_id = self.rep
        profile = self.env["sale.collection.profile"]._for(other)
        with self.assertRaisesRegex(ValidationError, "of the same customer"):
            self.take(profile_id=profile.id, notice_id=notice.id)
        self.assertEqual(notice.state, "open")

    def test_bank_line_clears_it(self):
        bill = self.take(matures=0)
        self.match_with_bank(self.book(bill))
        run = self.run_night()
        self.assertEqual(run.phase_ids.counts["cleared"], 1)
        self.assertEqual(bill.state, "cleared")

    def test_state_is_no_client_s(self):
        bill = self.take(state="cleared")
        self.assertEqual(bill.state, "hand")
        bill.write({"state": "cleared"})
        self.assertEqual(bill.state, "hand")

    def test_companies_are_apart(self):
        bill = self.take()
        other = self.setup_other_company(name="Second")["company"]
        profile = self.env["sale.collection.profile"].with_company(other)
        self.assertNotEqual(profile._for(self.customer), bill.profile_id)
        self.assertFalse(
            self.env.execute_query(
                self.env["sale.collection.cover"]._get_cover_sql(other, self.today)
            )
        )

    def test_timeline_tells(self):
        bill = self.take()
        self.env.flush_all()
        rows = self.env["sale.collection.timeline"].with_user(self.rep)
        row = rows.search([("res_model", "=", bill._name)])
        self.assertIn("B 1", row.detail)


@tagged("post_install", "-at_install")
class TestBillClocks(BillCommon):
    """Two clocks: the debt is covered, the credit is used, until it matures."""

    def test_before_it_is_booked(self):
        [line] = self.receivable_lines(self.invoice)
        self.take()
        facts = self.read_facts()
        self.assertEqual((facts["amount_open"], facts["exposure"]), (1000, 1000))
        until = self.day(MATURITY)
        self.assertEqual(self.read_covered(), {line.id: (1000, until, "bill")})
        self.assertEqual(self.read_aging(), [(1000, -MATURITY, "bill")])

    def test_a_part_in_the_aging(self):
        self.take(600)
        self.assertEqual(
            self.read_aging(), [(600, -MATURITY, "bill"), (400, 30, False)]
        )
        bands = self.env["sale.collection.aging"]._read_group(
            [], ["band_id"], ["amount:sum"]
        )
        self.assertEqual([amount for _band, amount in bands], [600, 400])

    def test_booked_on_the_day_it_is_handed_over(self):
        self.book(self.take())
        facts = self.read_facts()
        self.assertEqual((facts["amount_open"], facts["exposure"]), (0, 1000))
        self.assertEqual(self.read_facts(self.day(MATURITY - 1))["exposure"], 1000)
        self.assertEqual(self.read_facts(self.day(MATURITY))["exposure"], 0)
        self.assertFalse(self.read_covered())
        self.assertFalse(self.read_aging())
        self.touch()
        self.assertEqual(self.profile.exposure, 1000)

    def test_booked_for_the_day_it_matures(self):
        self.book(self.take(), payment_date=self.day(MATURITY))
        facts = self.read_facts()
        self.assertEqual((facts["amount_open"], facts["exposure"]), (1000, 1000))
        self.assertEqual(self.read_aging(), [(1000, 1 - MATURITY, "ahead")])
        facts = self.read_facts(self.day(MATURITY))
        self.assertEqual((facts["amount_open"], facts["exposure"]), (0, 0))

    def test_a_part_booked_ahead_counts_once(self):
        [line] = self.receivable_lines(self.invoice)
        self.book(self.take(500), payment_date=self.day(MATURITY))
        self.assertEqual(self.read_covered()[line.id][0], 500)
        self.assertEqual(
            self.read_aging(), [(500, 1 - MATURITY, "ahead"), (500, 30, False)]
        )

    def test_any_payment_dated_ahead(self):
        self.pay(self.invoice, 300, date=self.day(10))
        self.assertEqual(self.read_aging(), [(300, -9, "ahead"), (700, 30, False)])
        self.assertEqual(self.read_facts()["exposure"], 1000)

    def test_after_it_matured_unpaid(self):
        self.take(matures=0)
        self.assertTrue(self.read_covered())
        self.assertFalse(self.read_covered(self.day(1)))

    def test_bounced_when_booked(self):
        bill = self.take(matures=0)
        payment = self.book(bill)
        self.assertEqual(self.read_facts()["amount_open"], 0)
        action = bill.with_user(self.accountant).action_bounce()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.accountant)
            .with_context(**action["context"])
        )
        form.save().action_confirm()
        self.touch()
        self.assertEqual(bill.state, "bounced")
        facts = self.read_facts()
        self.assertEqual((facts["amount_open"], facts["exposure"]), (1000, 1000))
        self.assertFalse(self.read_covered())
        self.assertEqual(self.read_aging(), [(1000, 30, False)])
        bounce = self.env["sale.collection.bounce"].search(
            [("payment_id", "=", payment.id)]
        )
        bounce.action_undo()
        self.assertEqual(bill.state, "deposited")
        self.assertEqual(self.read_facts()["amount_open"], 0)

    def test_bounced_before_it_was_booked(self):
        bill = self.take()
        bill.with_user(self.accountant).action_bounce()
        self.assertEqual(bill.state, "bounced")
        self.assertFalse(self.read_covered())

    # === WHAT HAS NOT CLEARED ===#

    def read_uncleared(self):
        self.env.flush_all()
        query = self.env["sale.collection.cover"]._get_uncleared_sql()
        return {row[0] for row in self.env.execute_query(query)}

    def test_money_that_has_not_cleared(self):
        bill = self.take(matures=0)
        payment = self.book(bill)
        paid = payment._collection_receivable_lines()
        self.assertIn(paid.id, self.read_uncleared())
        bill.with_user(self.accountant).action_clear()
        self.assertNotIn(paid.id, self.read_uncleared())
