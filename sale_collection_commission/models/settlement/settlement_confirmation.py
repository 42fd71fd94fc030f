from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.settlement import Earners
from .settlement_facts import IS_PREVIEWED


class SaleCollectionSettlementConfirmation(models.AbstractModel):
    """Settles entries once, when drafts still are what was previewed.

    Every change of the state of a settlement first locks the earner here.
    """

    _name = "sale.collection.settlement.confirmation"
    _description = "Confirmation of settlements"

    @api.model
    def _lock_drafts(self, drafts):
        """Lock drafts with all settlements of their earners.

        :raise UserError: one of them is not a draft any more
        """
        self._lock_earners(drafts)
        for record in drafts.filtered(lambda draft: draft.state != "draft"):
            raise UserError(
                self.env._(
                    "%(number)s is not a draft any more: %(user)s has confirmed it.",
                    number=record.display_name,
                    user=record.confirmed_by_id.name or record.write_uid.name,
                )
            )

    @api.model
    def _lock_earners(self, settlements):
        """Lock all settlements of the earners until the end of the transaction.

        A session that had to wait for another one gets a serialization error. Odoo
        runs it again, and it then sees what the other has done.
        """
        settlements.flush_model(["state"])
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
                settlements.ids,
            )
        )
        settlements.invalidate_recordset()

    @api.model
    def _settle_entries(self, drafts):
        """Mark the entries that drafts have taken up as settled by them.

        The earners must be locked.

        :raise UserError: entries, reserve or balance have changed since the preview
        """
        self._check_accounts(drafts)
        self._mark_entries(drafts)

    @api.model
    def _check_accounts(self, drafts):
        """Raise UserError when reserve or balance differ from the preview."""
        self.env.flush_all()
        reader = self.env["sale.collection.settlement.facts"]
        earners = Earners(drafts.user_id.ids, drafts.agent_id.ids)
        brought = reader._collect_brought(earners)
        by_date = {
            day: reader._collect_accounts(day, earners)
            for day in {draft.date_to for draft in drafts}
        }
        for draft in drafts:
            accounts = by_date[draft.date_to]
            key = draft._get_key()
            state = [*accounts.get(key, (0.0, 0.0, 0.0)), brought.get(key, 0.0)]
            seen = [*(draft.account_state or (0.0, 0.0, 0.0)), draft.amount_brought]
            pairs = zip(state, seen, strict=True)
            if any(draft.currency_id.compare_amounts(*pair) for pair in pairs):
                raise UserError(self._get_changed_message(draft))

    @api.model
    def _get_changed_message(self, draft):
        return self.env._(
            "%(settlement)s: something has been settled or released since it was "
            "prepared. Press Refresh and look at it again.",
            settlement=draft.display_name,
        )

    @api.model
    def _mark_entries(self, drafts):
        """Write the settlement of the entries; raise UserError if they are others."""
        drafts.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                WITH settled AS (
                    UPDATE sale_collection_commission_entry entry
                       SET settlement_id = settlement.id
                      FROM sale_collection_settlement settlement
                     WHERE settlement.id = ANY(%(ids)s) AND %(is_previewed)s
                 RETURNING entry.settlement_id, entry.amount)
                SELECT settlement_id, COUNT(*), SUM(amount)
                  FROM settled GROUP BY settlement_id
                """,
                ids=drafts.ids,
                is_previewed=IS_PREVIEWED,
            )
        )
        found = {settlement_id: own for settlement_id, *own in rows}
        for draft in drafts:
            count, amount = found.get(draft.id, (0, 0.0))
            if count != draft.entry_count or draft.currency_id.compare_amounts(
                float(amount), draft.amount_earned
            ):
                raise UserError(self._get_changed_message(draft))
        self.env["sale.collection.commission.entry"].invalidate_model(
            ["settlement_id"], flush=False
        )
