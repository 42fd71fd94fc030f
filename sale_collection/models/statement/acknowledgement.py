from odoo import api, models
from odoo.tools import SQL


class SaleCollectionAcknowledgement(models.AbstractModel):
    """Knows which debts customers acknowledged as a balance, and where the proof is."""

    _name = "sale.collection.acknowledgement"
    _description = "Acknowledged debts"

    @api.model
    def _get_sql(self, company):
        """Select `line_id`, `day`, `proof_model` and `proof_id` of acknowledged debts.

        Here none: addons that keep such proof add theirs by `UNION ALL`.

        :param company: root company; its branches count too
        """
        return SQL(
            """SELECT NULL::int AS line_id, NULL::date AS day,
                      NULL::varchar AS proof_model, NULL::int AS proof_id
                WHERE FALSE"""
        )

    @api.model
    def _get_open_condition(self, day):
        """Return the condition that the journal item `line` was a debt on a day.

        By the ledger as it stood: what was paid then is in no balance, also where that
        payment is undone later. Credit is no debt.

        :param SQL day: a date
        """
        return SQL(
            """
            line.account_id IN (SELECT id FROM account_account
                                 WHERE account_type = 'asset_receivable')
            AND line.date <= %(day)s AND line.balance > COALESCE((
                SELECT SUM(receipt.amount) FROM sale_collection_receipt receipt
                 WHERE receipt.line_ref = line.id AND receipt.date <= %(day)s), 0)
            """,
            day=day,
        )
