from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .settlement_prepare import Earners

LINE_FIELDS = ("kind", "name", "amount", "reserve_amount", "release_date")


class SaleCollectionSettlement(models.Model):
    """Confirm once, pay, take back: each under the lock of its earners."""

    _inherit = "sale.collection.settlement"

    def action_confirm(self):
        """Number drafts and lock their entries.

        Two people who settle at once settle once: who comes second is told.

        :raise UserError: not a draft, or something has changed since the preview
        """
        self.check_access("write")
        self._lock_earners()
        drafts = self.sudo().sorted("date_to")
        for record in drafts:
            record._check_draft()
        drafts._check_accounts()
        drafts._claim_entries()
        now, user = fields.Datetime.now(), self.env.user
        for record in drafts:
            record.write(
                {
                    "name": record._get_number(),
                    "state": "confirmed",
                    "confirmed_at": now,
                    "confirmed_by_id": user.id,
                }
            )

    def _lock_earners(self):
        """Lock all settlements of the earners until the end of the transaction.

        Who waits for another session gets a serialization error, is run again and
        then sees what the other has done.
        """
        self.flush_model(["state"])
        self.env.cr.execute(
            SQL(
                """
                SELECT settlement.id FROM sale_collection_settlement settlement
                 WHERE EXISTS (
                       SELECT FROM sale_collection_settlement own
                        WHERE own.id = ANY(%s)
                          AND own.company_id = settlement.company_id
                          AND own.earner_id = settlement.earner_id)
                 ORDER BY settlement.id
                   FOR NO KEY UPDATE
                """,
                self.ids,
            )
        )
        self.invalidate_recordset()

    def _check_draft(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(number)s is not a draft any more: %(user)s has confirmed it.",
                    number=self.display_name,
                    user=self.confirmed_by_id.name or self.write_uid.name,
                )
            )

    def _check_accounts(self):
        """Check that reserve and balance are as in the preview."""
        self.env.flush_all()
        earners = Earners(self.user_id.ids, self.agent_id.ids)
        brought = self._collect_brought(earners)
        by_date = {
            day: self._collect_accounts(day, earners)
            for day in {r.date_to for r in self}
        }
        for record in self:
            accounts = by_date[record.date_to]
            key = record._get_key()
            state = [*accounts.get(key, (0.0, 0.0, 0.0)), brought.get(key, 0.0)]
            seen = [*(record.account_state or (0.0, 0.0, 0.0)), record.amount_brought]
            pairs = zip(state, seen, strict=True)
            if any(record.currency_id.compare_amounts(*pair) for pair in pairs):
                raise UserError(record._get_changed_message())

    def _get_changed_message(self):
        return self.env._(
            "%(settlement)s: something has been settled or released since it was "
            "prepared. Press Refresh and look at it again.",
            settlement=self.display_name,
        )

    def _claim_entries(self):
        """Mark the entries of drafts as settled.

        :raise UserError: they are not those of the preview
        """
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                WITH claimed AS (
                    UPDATE sale_collection_commission_entry entry
                       SET settlement_id = settlement.id
                      FROM sale_collection_settlement settlement
                     WHERE settlement.id = ANY(%(ids)s) AND %(is_previewed)s
                 RETURNING entry.settlement_id, entry.amount)
                SELECT settlement_id, COUNT(*), SUM(amount)
                  FROM claimed GROUP BY settlement_id
                """,
                ids=self.ids,
                is_previewed=self._get_preview_condition(),
            )
        )
        found = {settlement_id: own for settlement_id, *own in rows}
        for record in self:
            count, amount = found.get(record.id, (0, 0.0))
            if count != record.entry_count or record.currency_id.compare_amounts(
                float(amount), record.amount_earned
            ):
                raise UserError(record._get_changed_message())
        self.env["sale.collection.commission.entry"].invalidate_model(
            ["settlement_id"], flush=False
        )

    def _get_number(self):
        self.ensure_one()
        sequences = self.env["ir.sequence"].with_company(self.company_id)
        return sequences.next_by_code(self._name, sequence_date=self.date_to)

    def action_cancel(self):
        """Drop drafts that are not to be settled; their entries stay unsettled."""
        self.check_access("write")
        self._lock_earners()
        for record in self.sudo():
            record._check_draft()
            record.state = "cancelled"

    # === PAID ===#

    def _mark_paid(self, date):
        """Note that confirmed settlements have been paid out on `date`."""
        self._lock_earners()
        wrong = self.filtered(lambda record: record.state != "confirmed")
        if wrong:
            raise UserError(
                self.env._(
                    "%(settlement)s is not confirmed: only confirmed settlements are "
                    "paid.",
                    settlement=wrong[0].display_name,
                )
            )
        self.sudo().write({"state": "paid", "date_paid": date})

    # === RE-OPEN ===#

    def _reopen(self, reason):
        """Take confirmed or paid settlements back by reversing ones.

        Their entries can be settled again. What was paid out is carried forward and
        taken off the next settlement; what was not paid is no longer to be paid.

        :return: the reversing settlements
        """
        self.check_access("write")
        self._lock_earners()
        for record in self:
            record._check_reopen(reason)
        now, user = fields.Datetime.now(), self.env.user
        common = {"confirmed_at": now, "confirmed_by_id": user.id}
        reversals = self.sudo().create(
            [{**record._get_reversal_values(reason), **common} for record in self]
        )
        for record, reversal in zip(self.sudo(), reversals, strict=True):
            values = {"reversed_by_id": reversal.id, "reopen_reason": reason}
            if not record._is_paid_out():
                values["state"] = "cancelled"
            record.write(values)
        reversals._keep_entries()
        return reversals.with_env(self.env)

    def _is_paid_out(self):
        """Tell whether the earner has the money, or a claim to it we cannot undo."""
        self.ensure_one()
        return self.state == "paid"

    def _check_reopen(self, reason):
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say why it is re-opened."))
        if self.state not in ("confirmed", "paid") or self.reversed_by_id:
            raise UserError(
                self.env._(
                    "%(settlement)s cannot be re-opened: only what is confirmed or "
                    "paid, and not re-opened yet, can be.",
                    settlement=self.display_name,
                )
            )
        if self.reversal_of_id:
            raise UserError(
                self.env._("A reversal is not re-opened. Settle the period again.")
            )

    def _get_reversal_values(self, reason):
        """Return the values of the settlement that takes this one back."""
        lines = [
            fields.Command.create(
                {
                    **{name: line[name] for name in LINE_FIELDS},
                    "plan_id": line.plan_id.id,
                    "amount": -line.amount,
                    "reserve_amount": -line.reserve_amount,
                    "is_automatic": True,
                }
            )
            for line in self.line_ids
        ]
        return {
            **self._get_key()._asdict(),
            "name": self._get_number(),
            "state": "confirmed" if self._is_paid_out() else "cancelled",
            "date_from": self.date_from,
            "date_to": self.date_to,
            "prepared_at": fields.Datetime.now(),
            "amount_earned": -self.amount_earned,
            "amount_earlier": -self.amount_earlier,
            "amount_brought": -self.amount_brought,
            "entry_count": self.entry_count,
            "reversal_of_id": self.id,
            "reopen_reason": reason,
            "line_ids": lines,
        }

    def _keep_entries(self):
        """Free the entries that reversals take back; remember which they were."""
        self.flush_recordset()
        for query in (self._get_kept_query(), self._get_reversed_rates_query()):
            self.env.cr.execute(query)
        self.env.cr.execute(
            SQL(
                "UPDATE sale_collection_commission_entry SET settlement_id = NULL"
                " WHERE settlement_id = ANY(%s)",
                self.reversal_of_id.ids,
            )
        )
        self.env.invalidate_all(flush=False)

    def _get_kept_query(self):
        """SQL: note the entries for both, the reversal and what it takes back."""
        return SQL(
            """
            INSERT INTO sale_collection_settlement_kept (settlement_id, entry_id)
            SELECT taken.id, entry.id
              FROM sale_collection_settlement reversal
              JOIN sale_collection_commission_entry entry
                ON entry.settlement_id = reversal.reversal_of_id
             CROSS JOIN LATERAL (
                VALUES (reversal.id), (reversal.reversal_of_id)) AS taken (id)
             WHERE reversal.id = ANY(%s)
            """,
            self.ids,
        )

    def _get_reversed_rates_query(self):
        """SQL: the sums by rate of what is taken back, negative."""
        return SQL(
            """
            INSERT INTO sale_collection_settlement_rate (
                settlement_id, plan_name, kind, rate, factor, entry_count,
                base_amount, amount)
            SELECT reversal.id, own.plan_name, own.kind, own.rate, own.factor,
                   own.entry_count, -own.base_amount, -own.amount
              FROM sale_collection_settlement reversal
              JOIN sale_collection_settlement_rate own
                ON own.settlement_id = reversal.reversal_of_id
             WHERE reversal.id = ANY(%s)
            """,
            self.ids,
        )
