from odoo import api, fields, models

# Accounts named in the settings; more would hide them.
SHOWN_ACCOUNTS = 5


class ResConfigSettings(models.TransientModel):
    """Tells at set-up what the ledger cannot know."""

    _inherit = "res.config.settings"

    collection_unknown_money = fields.Text(
        string="Is this money?",
        compute="_compute_collection_unknown_money",
        compute_sudo=True,
    )

    @api.depends("company_id")
    def _compute_collection_unknown_money(self):
        ledger = self.env["sale.collection.reconciliation"]
        for settings in self:
            company = settings.company_id.root_id
            lines = ledger._describe_unknown_money(company, SHOWN_ACCOUNTS)
            settings.collection_unknown_money = "\n".join(lines)

    def action_open_collection_unknown_money(self):
        """List what the ledger does not know as money."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        context = {"search_default_cash": 0, "search_default_other": 1}
        return {**action, "context": context}
