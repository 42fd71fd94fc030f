from odoo.tests import HttpCase, tagged

from .common import FieldCommon


@tagged("post_install", "-at_install")
class TestNoticePhone(FieldCommon, HttpCase):
    """Two taps from Today a rep has the dialog."""

    browser_size = "375x667"
    touch_enabled = True

    def test_rep_reports_on_the_phone(self):
        self.touch()
        self.start_tour(
            "/odoo/collection-today", "sale_collection_field_notice", login="field_rep"
        )
        notice = self.notices.search([("profile_id", "=", self.profile.id)])
        self.assertEqual((notice.amount, notice.number), (1000, "CH 17"))
        self.assertEqual(notice.user_id, self.rep)


@tagged("post_install", "-at_install")
class TestNoticeTour(FieldCommon, HttpCase):
    """The accountant finds the notice and books the money."""

    def test_accountant_finds_it(self):
        notice = self.report(number="CH 17")
        self.start_tour(
            "/odoo/payment-notices",
            "sale_collection_field_confirm",
            login="field_accountant",
        )
        # The dialog was left: nothing is booked, the notice still waits.
        self.assertEqual((notice.state, notice.received), ("open", 0))
        self.assertEqual(self.invoice.payment_state, "not_paid")
