from odoo import api, models
from odoo.tools import SQL

from ...tools import commission


class SaleCollectionCommissionAudit(models.AbstractModel):
    """Compares what is booked with what the money calls for; repairs nothing."""

    _name = "sale.collection.commission.audit"
    _description = "Commission audit"

    @api.model
    def _find_differences(self, today=None):
        """Return where the entries are not what they should be.

        :param date today: day advances, tiers and caps are judged on; the companies'
            own when left out
        :return: list of dicts with `difference`, empty when all is right:
            `cents`: a booked sum is not the rounded sum of its parts (`move_ref`,
            `user_id`, `agent_id`, `rate_id`, `kind`, `exact`, `amount`, `cent`);
            `formula`: an entry is not base x rate x factor x share;
            `undone`: money was undone, its entries stand; `missing`: money that
            nobody has judged; `refund`: takes back what its invoice did not earn;
            `advance`, `tier`, `cap`: differ from their rebuild
        """
        self.env.flush_all()
        return [
            *self._audit_cents(),
            *self._audit_undone(),
            *self._audit_formula(),
            *self._audit_missing(today),
            *self._audit_refunds(today),
            *self._audit_advances(today),
            *self._audit_periods(today),
        ]

    @api.model
    def _audit_cents(self):
        """Find booked sums that are not the rounded sums of their parts."""
        entries = self.env["sale.collection.commission.entry"]
        return [
            {"difference": "cents", **group}
            for group in entries._get_groups(SQL("TRUE"))
            if commission.rounding_gap(group["exact"], group["amount"], group["cent"])
        ]

    @api.model
    def _audit_undone(self):
        """Find standing entries of undone money and negatives that are not exact."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT 'undone' AS difference, entry.id AS entry_id, entry.move_ref
                  FROM sale_collection_commission_entry entry
                  LEFT JOIN sale_collection_commission_entry negative
                         ON negative.reversal_of_id = entry.id
                  LEFT JOIN sale_collection_receipt undo
                         ON undo.reversal_of_id = entry.receipt_id
                 WHERE entry.reversal_of_id IS NULL
                   AND (negative.id IS NULL AND undo.id IS NOT NULL
                        OR negative.amount <> -entry.amount
                        OR negative.exact <> -entry.exact)
                """
            )
        )

    @api.model
    def _audit_formula(self):
        """Find entries whose unrounded part is not what their factors make.

        By two cents: the base is shown rounded.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT 'formula' AS difference, entry.id AS entry_id, entry.move_ref
                  FROM sale_collection_commission_entry entry
                  JOIN res_currency currency ON currency.id = entry.currency_id
                 WHERE entry.kind NOT IN ('rounding', 'tier', 'cap')
                   AND ABS(entry.exact - (entry.base_amount * entry.rate / 100
                                          * entry.factor * entry.share
                                          - COALESCE(entry.advanced, 0)))
                       > 2 * currency.rounding
                """
            )
        )

    @api.model
    def _audit_missing(self, today=None):
        """Find money nobody has judged, but for what waits to be cleared."""
        fresh = self.env["sale.collection.commission.facts"]._get_fresh_receipts(today)
        waiting = self.env["sale.collection.commission.gap"].search(
            [
                ("reason", "=", "not_cleared"),
                ("receipt_id", "in", [row for rows in fresh.values() for row in rows]),
            ]
        )
        judged = set(waiting.receipt_id.ids)
        return [
            {"difference": "missing", "move_ref": move_id, "receipt_id": receipt_id}
            for move_id, receipt_ids in fresh.items()
            for receipt_id in receipt_ids
            if receipt_id not in judged
        ]

    @api.model
    def _audit_refunds(self, today=None):
        """Find refunds that take back something else than their invoice has earned."""
        refunds = self.env["sale.collection.commission.refund"]._find_refunds()
        if not refunds:
            return []
        accrual = self.env["sale.collection.commission.accrual"]
        before = accrual._collect_live(accrual._get_live_sql(refunds))
        entries, _gaps = accrual._judge_anew(refunds, before, today)
        return [
            {"difference": "refund", "receipt_id": place[0], "move_ref": place[1]}
            for place in accrual._compare_places(before, entries)
        ]

    @api.model
    def _audit_advances(self, today=None):
        """Find advances that are still to be taken back or given back."""
        advances = self.env["sale.collection.commission.advance"]
        names = ("move_ref", "user_id", "agent_id", "rate_id")
        return [
            {
                "difference": "advance",
                "amount": gap,
                **{name: row[name] for name in names},
            }
            for row, gap in advances._find_claw_backs(today)
        ]

    @api.model
    def _audit_periods(self, today=None):
        """Find tiers and caps that differ from their rebuild."""
        periods = self.env["sale.collection.commission.period"]
        return [
            {
                "difference": entry.kind,
                "plan_id": entry.plan_id,
                "user_id": entry.user_id,
                "agent_id": entry.agent_id,
                "amount": entry.amount,
            }
            for entry in (
                *periods._prepare_tiers(today),
                *periods._prepare_caps(today),
            )
        ]
