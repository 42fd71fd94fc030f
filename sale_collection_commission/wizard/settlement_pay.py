from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionSettlementPay(models.TransientModel):
    """Notes the day on which settlements were paid out."""

    _name = "sale.collection.settlement.pay"
    _description = "Mark settlements as paid"

    settlement_ids = fields.Many2many(
        "sale.collection.settlement",
        "sale_collection_settlement_pay_rel",
        "wizard_id",
        "settlement_id",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    date = fields.Date(
        string="Paid on",
        required=True,
        default=lambda self: self.env.company._collection_today(),
    )

    @api.constrains("date")
    def _check_date(self):
        for wizard in self:
            if wizard.date > self.env.company._collection_today():
                raise ValidationError(self.env._("Paid on: this day is to come."))

    def action_pay(self):
        """Mark them as paid."""
        self.ensure_one()
        settlements = self._collection_get_given("settlement_ids", "write")
        settlements._mark_paid(self.date)
        return {"type": "ir.actions.act_window_close"}
