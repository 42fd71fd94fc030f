from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionTour(CommissionCommon, HttpCase):
    """A rep looks up My commission and what an invoice is worth."""

    def test_my_commission(self):
        today = self.company._collection_today()
        self.customer.user_id = self.rep
        # The line of the invoice with the button shows for customers with a profile.
        self.env["sale.collection.profile"].sudo()._for(self.customer)
        invoice = self.sell(1000, date=today, due=today + timedelta(5))
        self.start_tour(
            "/odoo/my-commission", "sale_collection_my_commission", login="rep"
        )
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}",
            "sale_collection_invoice_commission",
            login="rep",
        )
