from odoo import models


class SaleCollectionPromiseAllocation(models.Model):
    """An instalment of a promise, which a bill in hand may be for already."""

    _inherit = "sale.collection.promise.allocation"

    def _claim(self, known):
        # EXTENDS: bills are known as they are when the promise is made
        result = super()._claim(known)
        self.promise_id.sudo()._note_bills()
        return result
