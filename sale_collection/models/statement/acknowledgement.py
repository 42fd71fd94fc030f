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
