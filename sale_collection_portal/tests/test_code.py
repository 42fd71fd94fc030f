from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestCode(PortalCommon):
    """The code on paper opens without login what the paper lists, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls.owe(100, -30), cls.owe(50, -10)

    def read_codes(self, profiles=None):
        """Return the addresses that codes on statements were drawn from."""
        reports = type(self.env["ir.actions.report"])
        with patch.object(reports, "barcode", return_value=b"picture") as draw:
            profiles = profiles or self.profile
            files = profiles._render_statement()
        self.files = {key: content.decode() for key, (_n, content) in files.items()}
        return [call.args[1] for call in draw.call_args_list]

    def open_code(self, address, status=200):
        return self.open(address.removeprefix(self.base_url()), status)

    def test_statement_opens_what_it_lists(self):
        [address] = self.read_codes()
        self.assertIn(
            'src="data:image/png;base64,cGljdHVyZQ=="', self.files[self.profile.id]
        )
        self.assertIn("pay them online", self.files[self.profile.id])
        self.owe(7, -1)  # invoiced after it was printed
        page = self.open_code(address)
        self.assertEqual(len(self.read_texts(page, "open_item")), 2)
        self.assertIn("150.00", self.read_texts(page, "balance")[0])
        self.pay(self.first, date=self.today)
        page = self.open_code(address)
        self.assertEqual(len(self.read_texts(page, "open_item")), 1)
        self.assertIn("50.00", self.read_texts(page, "balance")[0])

    def test_code_ends_with_its_link(self):
        self.company.sudo().collection_link_days = 1
        with freeze_time(datetime.now() - timedelta(days=3)):
            [old] = self.read_codes()
        self.open_code(old, status=410)
        [address] = self.read_codes()
        self.open_code(address)
        self.open_code(address[:-3] + "xyz", status=410)

    def test_each_customer_has_its_own(self):
        self.owe(900, -5, partner=self.other)
        others = self.profiles._for(self.other)
        mine, theirs = self.read_codes(self.profile + others)
        self.assertNotEqual(mine, theirs)
        page = self.open_code(theirs)
        self.assertIn("900.00", self.read_texts(page, "balance")[0])

    def test_no_code_where_nothing_is_owed(self):
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        profile = self.profiles._for(nobody)
        self.assertEqual(self.read_codes(profile), [])
        self.assertNotIn("pay them online", self.files[profile.id])

    def test_long_list_opens_all_that_is_open(self):
        """A code of hundreds of instalments could not be read from paper."""
        whole = self.profile._get_pay_link()
        path = "odoo.addons.sale_collection.models.statement.profile.PAPER_LENGTH"
        with patch(path, len(whole)):
            self.assertEqual(self.read_codes(), [whole])
        with patch(path, 10):
            self.assertEqual(self.read_codes(), [])
            self.assertNotIn("pay them online", self.files[self.profile.id])

    def test_a_code_is_a_picture(self):
        code = self.profile._get_pay_code(self.receivable_lines(self.first))
        self.assertTrue(code.startswith("data:image/png;base64,iVBOR"), code[:40])
