from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

LINE_FIELDS = ("kind", "name", "release_date")
RATE_FIELDS = ("plan_name", "kind", "rate", "factor", "entry_count")


class SaleCollectionSettlementReversal(models.AbstractModel):
    """Takes settlements back by settlements with the opposite amounts."""

    _name = "sale.collection.settlement.reversal"
    _description = "Reversal of settlements"

    @api.model
    def _reverse(self, settlements, reason):
        """Reverse settlements and free their entries.

        The earners must be locked. A vendor bill that nobody has posted is cancelled.

        :return: the reversing settlements
        :raise UserError: no reason, or what cannot be re-opened
        """
        for record in settlements:
            self._check_reopen(record, reason)
        settled = settlements.sudo()
        reversals = settled.create(
            [self._get_reversal_values(record, reason) for record in settled]
        )
        for record, reversal in zip(settled, reversals, strict=True):
            values = {"reversed_by_id": reversal.id, "reopen_reason": reason}
            if not self._is_paid_out(record):
                values["state"] = "cancelled"
            record.write(values)
        self._free_entries(reversals)
        settled.bill_id.filtered(lambda bill: bill.state == "draft").button_cancel()
        return reversals.with_env(self.env)

    @api.model
    def _is_paid_out(self, settlement):
        """Return whether the earner has the money, or a claim to it we cannot undo.

        A posted bill is such a claim, unless a credit note reversed it.
        """
        bill = settlement.sudo().bill_id
        is_owed = bill.state == "posted" and bill.payment_state != "reversed"
        return settlement.state == "paid" or is_owed

    @api.model
    def _check_reopen(self, settlement, reason):
        """Raise UserError when a settlement cannot be re-opened."""
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say why it is re-opened."))
        if settlement.state not in ("confirmed", "paid") or settlement.reversed_by_id:
            raise UserError(
                self.env._(
                    "%(settlement)s cannot be re-opened: only what is confirmed or "
                    "paid, and not re-opened yet, can be.",
                    settlement=settlement.display_name,
                )
            )
        if settlement.reversal_of_id:
            raise UserError(
                self.env._("A reversal is not re-opened. Settle the period again.")
            )

    @api.model
    def _get_reversal_values(self, settlement, reason):
        """Return the values of the settlement that takes another one back."""
        now = fields.Datetime.now()
        return {
            **settlement._get_key()._asdict(),
            "name": settlement._get_number(),
            "state": "confirmed" if self._is_paid_out(settlement) else "cancelled",
            "date_from": settlement.date_from,
            "date_to": settlement.date_to,
            "prepared_at": now,
            "confirmed_at": now,
            "confirmed_by_id": self.env.user.id,
            "amount_earned": -settlement.amount_earned,
            "amount_earlier": -settlement.amount_earlier,
            "amount_brought": -settlement.amount_brought,
            "entry_count": settlement.entry_count,
            "reversal_of_id": settlement.id,
            "reopen_reason": reason,
            "line_ids": [
                Command.create(self._get_line_values(line))
                for line in settlement.line_ids
            ],
            "rate_ids": [
                Command.create(self._get_rate_values(rate))
                for rate in settlement.rate_ids
            ],
        }

    @api.model
    def _get_line_values(self, line):
        return {
            **{name: line[name] for name in LINE_FIELDS},
            "plan_id": line.plan_id.id,
            "amount": -line.amount,
            "reserve_amount": -line.reserve_amount,
            "is_automatic": True,
        }

    @api.model
    def _get_rate_values(self, rate):
        return {
            **{name: rate[name] for name in RATE_FIELDS},
            "base_amount": -rate.base_amount,
            "amount": -rate.amount,
        }

    @api.model
    def _free_entries(self, reversals):
        """Free the entries of what is reversed; both remember which they were."""
        reversals.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_settlement_kept (settlement_id, entry_id)
                SELECT kept.id, entry.id
                  FROM sale_collection_settlement reversal
                  JOIN sale_collection_commission_entry entry
                    ON entry.settlement_id = reversal.reversal_of_id
                 CROSS JOIN LATERAL (
                    VALUES (reversal.id), (reversal.reversal_of_id)) AS kept (id)
                 WHERE reversal.id = ANY(%s)
                """,
                reversals.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_commission_entry SET settlement_id = NULL"
                " WHERE settlement_id = ANY(%s)",
                reversals.reversal_of_id.ids,
            )
        )
        self.env.invalidate_all(flush=False)
