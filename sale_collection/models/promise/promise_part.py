from odoo import api, models
from odoo.exceptions import UserError

# Only opening and judging a promise write these.
JUDGED_FIELDS = {"state", "is_live", "amount_open", "amount_received", "receipt_mark"}


class SaleCollectionPromisePart(models.AbstractModel):
    """A row of a promise: settled once the promise is given."""

    _name = "sale.collection.promise.part"
    _description = "Part of a promise"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_values(vals)
        parts = super().create(vals_list)
        parts._check_not_given()
        return parts

    def write(self, vals):
        self._check_values(vals)
        self._check_not_given()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        self._check_not_given()

    def _check_not_given(self):
        if not self.env.su:
            self.promise_id._check_draft()

    def _check_values(self, vals):
        if not self.env.su and not JUDGED_FIELDS.isdisjoint(vals):
            raise UserError(
                self.env._("These figures follow the money received and are not set.")
            )
