from odoo import fields, models
from odoo.tools import SQL


class SaleCollectionOpenItem(models.Model):
    """What is disputed of open instalments."""

    _inherit = "sale.collection.open.item"

    amount_disputed = fields.Monetary(
        string="Disputed",
        compute="_compute_amount_disputed",
        currency_field="company_currency_id",
        aggregator=None,
    )

    def _compute_amount_disputed(self):
        parts = self.env["sale.collection.dispute.line"].sudo()
        parts.env.flush_all()
        found = {}
        for company, items in self.sudo().grouped("company_id").items():
            query = parts._get_open_query(company.root_id)
            condition = SQL("line_id = ANY(%s)", items.line_id.ids)
            found |= dict(
                self.env.execute_query(
                    SQL(
                        "SELECT line_id, amount::float8 FROM (%s) disputed WHERE %s",
                        query,
                        condition,
                    )
                )
            )
        for item in self:
            disputed = found.get(item.line_id.id, 0.0)
            item.amount_disputed = min(disputed, item.amount)

    def action_dispute(self):
        """Open a dispute over these instalments of one customer."""
        return self._get_one_profile()._open_new_dispute(self.line_id)
