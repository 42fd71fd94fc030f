from odoo import api, fields, models
from odoo.tools import SQL

from .settlement_facts import IS_PREVIEWED


class SaleCollectionSettlementRate(models.Model):
    """What a settlement pays by plan, rate and factor, as they were when prepared.

    Written with each preview. Amounts are in the currency of the settlement.
    """

    _name = "sale.collection.settlement.rate"
    _description = "Commission settled by rate"
    _order = "settlement_id desc, plan_name, rate desc, factor desc, id"
    _log_access = False

    settlement_id = fields.Many2one(
        "sale.collection.settlement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="settlement_id.company_id")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    plan_name = fields.Char(string="Plan", readonly=True)
    kind = fields.Char(readonly=True, export_string_translation=False)
    kind_label = fields.Char(string="For", compute="_compute_kind_label")
    rate = fields.Float(string="Rate (%)", digits=(6, 3), readonly=True)
    factor = fields.Float(string="Timeliness factor", readonly=True)
    entry_count = fields.Integer(string="Entries", readonly=True)
    base_amount = fields.Monetary(string="Base", readonly=True)
    amount = fields.Monetary(string="Commission", readonly=True)

    @api.depends("kind")
    def _compute_kind_label(self):
        entries = self.env["sale.collection.commission.entry"]
        labels = dict(entries._fields["kind"]._description_selection(self.env))
        for row in self:
            row.kind_label = labels.get(row.kind, row.kind)

    @api.model
    def _rewrite(self, settlements):
        """Replace the rows of drafts by those of the entries they take up."""
        self.search([("settlement_id", "in", settlements.ids)]).unlink()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT settlement.id AS settlement_id, plan.name AS plan_name,
                       entry.kind, entry.rate, entry.factor, COUNT(*) AS entry_count,
                       SUM(entry.base_amount) AS base_amount,
                       SUM(entry.amount) AS amount
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON %(is_previewed)s
                  LEFT JOIN sale_collection_commission_plan plan
                         ON plan.id = entry.plan_id
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY settlement.id, plan.id, plan.name, entry.kind, entry.rate,
                          entry.factor
                """,
                is_previewed=IS_PREVIEWED,
                ids=settlements.ids,
            )
        )
        self.create(rows)
