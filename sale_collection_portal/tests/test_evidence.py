import base64
from datetime import datetime, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.evidence import EvidenceCase

from .common import PortalCommon
from .test_confirmation import PIXEL


@tagged("post_install", "-at_install")
class TestConfirmationEvidence(EvidenceCase, PortalCommon):
    """Balances that were confirmed are evidence: who said so, from where, signed."""

    def test_answer_with_signature_and_scan(self):
        self.owe(100, -10)
        day = self.today - timedelta(1)
        asked = self.env["sale.collection.confirmation"]._ask(self.profile, day)
        asked._answer("agreed", "Ms Li", answered_ip="192.0.2.7", signature=PIXEL)
        self.env["ir.attachment"].sudo().create(
            {
                "name": "scan.pdf",
                "raw": b"scan",
                "res_model": asked._name,
                "res_id": asked.id,
            }
        )
        rep = self.new_user("evidence_confirmed", "sale_collection.group_user")
        self.profile.user_id = rep
        found = self.read_evidence(self.profile, rep)
        folder = "Balance confirmations"
        [row] = self.read_rows(found[f"{folder}/{folder}.csv"])
        self.assertEqual((row["Balance"], row["State"]), ("100.00", "Agreed"))
        self.assertEqual(row["Answered by"], "Ms Li")
        self.assertEqual(row["IP address"], "192.0.2.7")
        prefix = f"{folder}/{day} {self.currency.name}"
        self.assertEqual(found[f"{prefix} scan.pdf"], b"scan")
        signature = found[f"{prefix} Signature.png"]
        self.assertEqual(signature, base64.b64decode(asked.signature))

    def test_agreed_balance_acknowledges_its_debts(self):
        """Debts of that day in that currency, not what was invoiced since."""
        old = self.owe(100, -10)
        self.create_invoice(50, date=self.today, due=self.today)
        paid = self.owe(30, -10)
        self.pay(paid, date=self.today - timedelta(5))
        self.env.cr.flush()
        day = self.today - timedelta(1)
        asked = self.env["sale.collection.confirmation"]._ask(self.profile, day)
        query = self.env["sale.collection.acknowledgement"]._get_sql(self.company)
        self.env.flush_all()
        self.assertFalse(self.env.execute_query(query))
        asked._answer("agreed", "Ms Li")
        self.env.flush_all()
        rows = self.env.execute_query(query)
        debt = old.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        proof = (debt.id, asked.answered_on.date(), asked._name, asked.id)
        self.assertIn(proof, rows)
        lines = self.env["account.move.line"].browse(row[0] for row in rows)
        self.assertEqual(lines.move_id, old)

    def read_acknowledged(self):
        self.env.flush_all()
        query = self.env["sale.collection.acknowledgement"]._get_sql(self.company)
        found = [row[0] for row in self.env.execute_query(query)]
        return self.env["account.move.line"].browse(found).move_id

    def agree(self, *days):
        """Have the customer agree to balances of days ago; return the next day."""
        for day in days:
            ask = self.env["sale.collection.confirmation"]._ask
            asked = ask(self.profile, self.today - timedelta(day))
            asked._note_asked()
            asked._answer("agreed", "Ms Li")
        return freeze_time(datetime.now() + timedelta(1))

    def test_money_undone_after_the_answer(self):
        """30 were paid when the balance of 100 was read: nobody agreed to them."""
        old, paid = self.owe(100, -10), self.owe(30, -10)
        self.pay(paid, date=self.today - timedelta(5))
        self.env.cr.flush()
        with self.agree(1):
            self.receivable_lines(paid).remove_move_reconcile()
            self.env.cr.flush()
            self.assertEqual(self.rows_of(paid).mapped("amount"), [])
            self.assertEqual(self.read_acknowledged(), old)

    def test_money_booked_after_the_answer(self):
        """A payment of before that nobody knew of leaves the debt in the balance."""
        old = self.owe(100, -10)
        with self.agree(1):
            self.pay(old, date=self.today - timedelta(5))
            self.env.cr.flush()
            self.assertEqual(self.rows_of(old).mapped("amount"), [100])
            self.assertEqual(self.read_acknowledged(), old)

    def test_money_told_differently_after_the_answer(self):
        """60 of 100 are no 120: their account was named, they were not paid again."""
        account = self.env["account.account"].create(
            {"name": "Drawer", "code": "998878", "account_type": "asset_current"}
        )
        old = self.owe(100, -10)
        day = self.today - timedelta(5)
        self.match(old, self.create_entry([(account, 60), (self.receivable, -60)], day))
        self.assertKinds(old, {"other": 60.0})
        with self.agree(1):
            methods = self.bank_journal.inbound_payment_method_line_ids
            methods[0].payment_account_id = account
            self.receipts.sudo()._audit()
            self.assertKinds(old, {"cash": 60.0})
            self.assertEqual(self.read_acknowledged(), old)

    def test_money_in_two_parts_undone_after_the_answer(self):
        """29 of money and 1 given up, in one entry, are two rows of the ledger."""
        old, paid = self.owe(100, -10), self.owe(30, -10)
        bank = self.bank_journal.default_account_id
        given_up = self.company_data["default_account_expense"]
        parts = [(bank, 29), (given_up, 1), (self.receivable, -30)]
        self.match(paid, self.create_entry(parts, self.today - timedelta(5)))
        self.assertEqual(sorted(self.rows_of(paid).mapped("amount")), [1, 29])
        with self.agree(1):
            self.receivable_lines(paid).remove_move_reconcile()
            self.env.cr.flush()
            self.assertEqual(self.read_acknowledged(), old)

    def test_invoice_posted_after_the_answer(self):
        old = self.owe(100, -10)
        day = self.today - timedelta(10)
        draft = self.create_invoice(30, day, day, post=False)
        moves = draft | old
        logged = moves.with_context(tracking_disable=False, mail_notrack=False)
        self.commit()
        with self.agree(1):
            logged.filtered(lambda move: move.state == "draft").action_post()
            logged.filtered(lambda move: move == old).button_draft()
            self.commit()
            self.assertFalse(self.read_acknowledged())
            logged.filtered(lambda move: move == old).action_post()
            self.commit()
            self.assertEqual(self.read_acknowledged(), old)

    def test_invoice_cancelled_then_and_posted_since(self):
        """Back from cancelled over draft: nobody agreed to what was no debt then."""
        self.load_language("zh_CN")
        corrected, cancelled = self.owe(100, -10), self.owe(30, -10)
        moves = (corrected + cancelled).with_context(
            tracking_disable=False, mail_notrack=False, lang="zh_CN"
        )
        moves[1].button_draft()
        moves[1].button_cancel()
        self.commit()
        with self.agree(1):
            for step in (moves.button_draft, moves.action_post):
                step()
                self.commit()
            self.assertEqual(self.read_acknowledged(), corrected)

    def commit(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_invoice_posted_before_it_is_asked_again(self):
        """The page shows 100 as it was read: 30 booked since were not agreed to."""
        old = self.owe(100, -10)
        ask = self.env["sale.collection.confirmation"]._ask
        asked = ask(self.profile, self.today - timedelta(1))
        asked._note_asked()
        day = self.today - timedelta(10)
        draft = self.create_invoice(30, day, day, post=False)
        draft = draft.with_context(tracking_disable=False, mail_notrack=False)
        self.commit()
        with freeze_time(datetime.now() + timedelta(1)):
            draft.action_post()
            self.commit()
        with freeze_time(datetime.now() + timedelta(2)):
            asked._note_asked()
            self.assertEqual(asked.amount, 100)
            asked._answer("agreed", "Ms Li")
            self.assertEqual(self.read_acknowledged(), old)
        self.assertEqual(asked.read_on.date(), self.today)

    def test_read_before_the_moment_was_kept(self):
        """What was sent and answered before the field is judged by that, not by now."""
        ask = self.env["sale.collection.confirmation"]._ask
        self.owe(100, -10)
        asked = ask(self.profile, self.today - timedelta(1)).sudo()
        asked.read_on = False
        self.env.flush_all()
        asked._init_column("read_on")
        self.env.invalidate_all()
        self.assertFalse(asked.read_on)

    def test_nobody_asked(self):
        found = self.read_evidence(self.profile)
        self.assertFalse([path for path in found if path.startswith("Balance")])
