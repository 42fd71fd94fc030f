from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection_hold.tools.hold_facts import STRENGTHS


class SaleCollectionOrderFacts(models.AbstractModel):
    """Tell the supply rules which reminder step a customer has reached."""

    _inherit = "sale.collection.order.facts"

    @api.model
    def _get_terms_parts(self, reach):
        # EXTENDS: the step of the reminder plan, and the hold such steps ask for
        columns, joins = super()._get_terms_parts(reach)
        if "step" in reach.needs:
            columns.append(SQL("reached.step, reached.strength AS step_strength"))
            joins.append(
                SQL(
                    "LEFT JOIN (%s) reached ON reached.partner_id = partner.id",
                    self._get_step_sql(reach.company, reach.partner_ids),
                )
            )
        return columns, joins

    @api.model
    def _get_step_sql(self, company, partner_ids=None):
        """Select `partner_id`, the highest `step` by its sequence that open debts have
        reached, and the `strength` of the strongest hold their steps ask for."""
        profiles = self.env["sale.collection.profile"].with_company(company)
        return SQL(
            """
            SELECT reached.partner_id, MAX(step.sequence) AS step,
                   (%(strengths)s::varchar[])[MAX(ARRAY_POSITION(
                       %(strengths)s::varchar[], step.hold_strength))] AS strength
              FROM (%(reached)s) reached
              JOIN sale_collection_ladder_step step ON step.id = reached.step_id
          GROUP BY reached.partner_id
            """,
            # the weakest first
            strengths=list(STRENGTHS),
            reached=profiles._get_reached_sql(company, partner_ids),
        )
