import base64
from datetime import timedelta

from odoo.tests import tagged

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

    def test_nobody_asked(self):
        found = self.read_evidence(self.profile)
        self.assertFalse([path for path in found if path.startswith("Balance")])
