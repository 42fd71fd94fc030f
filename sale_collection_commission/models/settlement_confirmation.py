from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.settlement import Earners
from .settlement_facts import IS_PREVIEWED


class SaleCollectionSettlementConfirmation(models.AbstractModel):
    """Locks the entries of drafts, when the drafts still are what was previewed."""

    _name = "sale.collection.settlement.confirmation"
    _description = "Confirmation of settlements"

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
