from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection_hold.models.profile import HOLD_STATES

# The weakest first.
STRENGTHS = [code for code, _label in HOLD_STATES[1:]]


class SaleCollectionProfile(models.Model):
    """Tell the supply rules which reminder step a customer has reached."""

    _inherit = "sale.collection.profile"

    @api.model
    def _get_step_sql(self, company, partner_ids=None):
        # OVERRIDE: the highest step, by its sequence, and the strongest demand
        return SQL(
            """
            SELECT reached.partner_id, MAX(step.sequence) AS step,
                   (%(strengths)s::varchar[])[MAX(ARRAY_POSITION(
                       %(strengths)s::varchar[], step.hold_strength))] AS strength
              FROM (%(reached)s) reached
              JOIN sale_collection_ladder_step step ON step.id = reached.step_id
          GROUP BY reached.partner_id
            """,
            strengths=STRENGTHS,
            reached=self._get_reached_sql(company, partner_ids),
        )
