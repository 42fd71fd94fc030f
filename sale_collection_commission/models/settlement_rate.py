from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionSettlementRate(models.Model):
    """What a settlement pays by plan, rate and factor, as they were when prepared.

    Written by SQL with each preview. Amounts in the currency of the settlement.
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
    def _take(self, settlements):
        """Write the rows of some settlements anew."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM sale_collection_settlement_rate"
                " WHERE settlement_id = ANY(%s)",
                settlements.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_settlement_rate (
                    settlement_id, plan_name, kind, rate, factor, entry_count,
                    base_amount, amount)
                SELECT settlement.id, plan.name, entry.kind, entry.rate, entry.factor,
                       COUNT(*), SUM(entry.base_amount), SUM(entry.amount)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON %(is_previewed)s
                  LEFT JOIN sale_collection_commission_plan plan
                         ON plan.id = entry.plan_id
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY settlement.id, plan.id, plan.name, entry.kind, entry.rate,
                          entry.factor
                """,
                is_previewed=settlements._get_preview_condition(),
                ids=settlements.ids,
            )
        )
        self.invalidate_model(flush=False)
        settlements.invalidate_recordset(["rate_ids"], flush=False)
