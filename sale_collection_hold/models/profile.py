from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.sale_collection.models.profile.projection import BATCH

from ..tools.hold import judge_in_turn

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warn"),
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]
# A customer without an order, in the shape of an order as read.
NO_ORDER = {
    "state": "draft",
    "moment": None,
    "hold_state": "none",
    "user": 0,
    "team": 0,
    "term": 0,
    "stored_rate": 1.0,
    "rate": 1.0,
    "lines": None,
    "group": None,
    "term_lines": None,
    "held_rules": (),
    "online": True,
}


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
        strengths = self.with_company(company)._judge_customers(company, today)
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

    def _judge_customers(self, company, today):
        """Return {partner id: strength} of these customers of one root company."""
        orders = self.env["sale.order"].sudo()
        rules = [
            rule
            for rule in self.env["sale.collection.hold.rule"]._get_rules()
            if rule.company in (0, company.id)
        ]
        partner_ids = self.partner_id.ids
        needs = orders._collection_get_needs(rules)
        if not (rules or needs):
            return dict.fromkeys(partner_ids, "none")
        self.env.flush_all()
        rows = self._prepare_customer_rows(company, partner_ids, needs)
        judged, parties = orders._collection_assemble(company, today, needs, rows)
        verdicts = judge_in_turn(rules, judged, parties, today)
        return {order.customer: verdicts[order.id].strength for order in judged}

    @api.model
    def _prepare_customer_rows(self, company, partner_ids, needs):
        """Return customers that order next to nothing, in the shape of orders read."""
        order = NO_ORDER | {
            "company": company.id,
            "total": company.currency_id.rounding,
            "rounding": company.currency_id.rounding,
        }
        rows = [
            order | {"id": -partner, "customer": partner} for partner in partner_ids
        ]
        if "group" in needs:
            roots = self._find_roots(partner_ids)
            rows = [row | {"group": roots[row["customer"]]} for row in rows]
        return rows

    @api.model
    def _find_roots(self, partner_ids):
        """Return {customer: topmost parent}."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH RECURSIVE above (id, at, parent_id) AS (
                        SELECT id, id, parent_id FROM res_partner WHERE id = ANY(%s)
                         UNION
                        SELECT above.id, parent.id, parent.parent_id
                          FROM res_partner parent
                          JOIN above ON above.parent_id = parent.id
                    )
                    SELECT id, at FROM above WHERE parent_id IS NULL
                    """,
                    list(partner_ids),
                )
            )
        )
