from odoo import fields, models


class SaleCollectionContactLog(models.TransientModel):
    """A talk after which the customer gets a statement of account."""

    _inherit = "sale.collection.contact.log"

    wants_statement = fields.Boolean(
        string="Statement",
        help="The dialog to send the statement of account opens when this is saved.",
    )

    def action_next_step(self):
        # EXTENDS
        if self.reason_step == "statement":
            self.wants_statement = True
        return super().action_next_step()

    def action_save(self):
        # EXTENDS
        action = super().action_save()
        if self.wants_statement:
            return self.profile_id.action_open_statement()
        return action
