from odoo.tests import HttpCase, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestTargetTour(CollectionCommon, HttpCase):
    """A rep sees above Today how far the month is, and opens it."""

    def test_progress_on_today(self):
        [rep] = self.new_users("bar", rep="sale_collection.group_user")
        self.env["sale.collection.target"].create({"user_id": rep.id, "amount": 400})
        today = self.company._collection_today()
        invoice = self.create_invoice(100, today, today, invoice_user_id=rep.id)
        self.pay(invoice, date=today)
        self.env.cr.flush()
        self.start_tour(
            "/odoo/collection-today", "sale_collection_progress", login="bar_rep"
        )
