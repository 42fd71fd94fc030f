from odoo import fields, models

# What a customer says of money that has left its hands: the form it took.
FORMS = {"paid_already": None, "handed_over": "cheque"}


class SaleCollectionContactLog(models.TransientModel):
    """A talk that ends with money asks for it in the dialog of a payment notice."""

    _inherit = "sale.collection.contact.log"

    result = fields.Selection(
        selection_add=[("handed_over", "Payment handed over"), ("will_call_back",)],
        ondelete={"handed_over": "cascade"},
    )

    def action_save(self):
        # EXTENDS: saving leads to the notice, filled in
        action = super().action_save()
        if self.result not in FORMS:
            return action
        form = FORMS[self.result]
        values = {"payment_form": form} if form else {}
        return self.profile_id._open_notice_dialog(self._get_moves(), **values)

    def _prepare_promise(self):
        # EXTENDS: who moves for the money, and when
        return {**super()._prepare_promise(), "mode": self.mode, "hour": self.hour}
