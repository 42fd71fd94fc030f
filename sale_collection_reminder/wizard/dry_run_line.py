from odoo import fields, models

from ..models.reminder.reminder_line import REASONS


class SaleCollectionDryRunLine(models.TransientModel):
    """A message of a dry run, or what keeps it back."""

    _name = "sale.collection.dry.run.line"
    _description = "Message of a dry run"
    _order = "id"

    dry_run_id = fields.Many2one(
        "sale.collection.dry.run", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="dry_run_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    step_id = fields.Many2one(
        "sale.collection.ladder.step", readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(related="step_id.channel")
    automatic = fields.Boolean(related="step_id.automatic")
    amount = fields.Monetary(string="Asked for", readonly=True)
    line_count = fields.Integer(string="Instalments", readonly=True)
    oldest_due_date = fields.Date(string="Oldest due date", readonly=True)
    reason = fields.Selection(REASONS, string="Kept back", readonly=True)

    def action_open_customer(self):
        """Open the credit profile of the customer."""
        self.ensure_one()
        company = self.dry_run_id.company_id.root_id
        return self.partner_id.with_company(company).action_open_collection_profile()
