from odoo import fields, models


class SaleCollectionSnoozeDialog(models.TransientModel):
    """Ask until when, and why, reminders are paused."""

    _name = "sale.collection.snooze.dialog"
    _description = "Snooze reminders"
    _inherit = ["sale.collection.instalment.dialog"]

    scope = fields.Selection(
        [
            ("instalment", "These invoices"),
            ("customer", "Everything of the customer"),
        ],
        string="What",
        required=True,
        default="customer",
    )
    until = fields.Date(required=True, help="Last day without reminders.")
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        lines = self._get_lines() if self.scope == "instalment" else None
        self._collection_get_given("profile_ids")._snooze(
            self.until, self.reason, lines
        )
        return {"type": "ir.actions.act_window_close"}
