import base64

from odoo.tests import tagged

from odoo.addons.sale_collection.tests.evidence import EvidenceCase

from .test_visit import DOT, VisitCommon


@tagged("post_install", "-at_install")
class TestVisitEvidence(EvidenceCase, VisitCommon):
    """A balance signed at the door is evidence: what was signed, when and by whom."""

    def test_signed_balance(self):
        visit = self.plan()
        visit._sign(DOT, "Mrs Wong", visit._get_signer_text())
        found = self.read_evidence(self.profile, self.rep)
        [row] = self.read_rows(found["Visits/Visits.csv"])
        self.assertEqual(row["Signed by"], "Mrs Wong")
        self.assertIn("1,000.00", row["What was signed"])
        picture = found[f"Visits/{visit.date} Signature.png"]
        self.assertEqual(picture, base64.b64decode(visit.signature))
