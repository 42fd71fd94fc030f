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

    def test_nobody_asked(self):
        found = self.read_evidence(self.profile)
        self.assertFalse([path for path in found if path.startswith("Balance")])
