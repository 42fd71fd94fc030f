from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.sale_collection.models.profile.profile_refresh import BATCH

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warn"),
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]


class SaleCollectionProfile(models.Model):
    """What the supply rules say of a customer, whatever it orders."""

    _inherit = "sale.collection.profile"

    hold_ids = fields.One2many(
        "sale.collection.hold", "profile_id", string="Supply holds"
    )
    hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        readonly=True,
        default="none",
        help="What a new order of this customer would meet, as last compared.",
    )

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: what was held may go on, and what goes on may have to wait
        return [*super()._get_touched_steps(), (50, "_judge_open_orders")]

    def _judge_open_orders(self, today=None):
        """Judge the open orders of these customers, and what a new one would meet."""
        for company, touched in self.grouped("company_id").items():
            here = touched.with_company(company)
            orders = self.env["sale.order"].with_company(company).sudo()
            customers = touched.partner_id.ids
            orders._collection_find_open(company, customers)._collection_recheck(today)
            here._refresh_hold_state(today)

    # === STATE OF THE CUSTOMER ===#

    def _refresh_hold_state(self, today=None):
        """Write what a new order of these customers would meet, where that changed.

        Judged by an order of a cent: rules on the size of orders do not count.

        :return: number of profiles written
        """
        written = 0
        for company, profiles in self.sudo().grouped("company_id").items():
            day = today or company._collection_today()
            for batch in split_every(BATCH, profiles.ids, self.browse):
                written += batch._write_hold_state(company, day)
        return written

    def _write_hold_state(self, company, today):
        judge = self.env["sale.collection.order.judge"].with_company(company)
        strengths = judge._judge_customers(company, self.partner_id.ids, today)
        self.flush_recordset(["hold_state"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE sale_collection_profile profile
                   SET hold_state = judged.strength
                  FROM UNNEST(%s::int[], %s::text[]) AS judged (partner_id, strength)
                 WHERE profile.id = ANY(%s)
                   AND profile.partner_id = judged.partner_id
                   AND profile.hold_state IS DISTINCT FROM judged.strength
             RETURNING profile.id
                """,
                list(strengths),
                list(strengths.values()),
                self.ids,
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(
            ["hold_state"], flush=False
        )
        return len(rows)
