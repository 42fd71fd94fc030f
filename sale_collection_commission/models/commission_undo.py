from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import commission

# Kinds that a row of money makes.
MONEY_KINDS = ("accrual", "override", "bounty", "loss")

# Cents of an advance and what is taken back of it count with what the money earns.
FAMILY = SQL(
    """CASE WHEN COALESCE(entry.cent_of, entry.kind)
            IN ('advance', 'claw_back', 'give_back') THEN 'accrual'
            ELSE COALESCE(entry.cent_of, entry.kind) END"""
)

# What a take-back and a rounding repeat of the entry they answer.
REPEATED = (
    "company_id",
    "move_id",
    "move_ref",
    "partner_id",
    "user_id",
    "agent_id",
    "plan_id",
    "rate_id",
    "kind",
    "cent_of",
    "date",
    "days_late",
    "currency_id",
    "rate",
    "factor",
    "share",
    "occurrence",
    "detail",
)


class SaleCollectionCommissionEntry(models.Model):
    """What undone money takes back, and the cent that is left."""

    _inherit = "sale.collection.commission.entry"

    # === UNDONE MONEY ===#

    @api.model
    def _take_back(self):
        """Answer each undone row of money with the exact negative of its entries.

        :return: the invoices concerned
        """
        return self._reverse(
            SQL(
                """SELECT entry.id AS entry_id, undo.id AS receipt_id
                     FROM sale_collection_receipt undo
                     JOIN sale_collection_commission_entry entry
                       ON entry.receipt_id = undo.reversal_of_id"""
            )
        )

    @api.model
    def _reverse(self, pairs):
        """Book the exact negative of entries that have none yet.

        :param SQL pairs: query of `entry_id` and the `receipt_id` of the negative
        :return: the invoices concerned, one item an entry
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, advanced, exact, amount,
                    amount_company, reversal_of_id, %(columns)s)
                SELECT pair.receipt_id, %(now)s, -entry.base_amount, -entry.advanced,
                       -entry.exact, -entry.amount, -entry.amount_company, entry.id,
                       %(own)s
                  FROM (%(pairs)s) pair
                  JOIN sale_collection_commission_entry entry
                    ON entry.id = pair.entry_id
                 WHERE entry.reversal_of_id IS NULL AND %(is_live)s
                 ORDER BY entry.id
                    ON CONFLICT DO NOTHING
                RETURNING move_ref
                """,
                pairs=pairs,
                columns=self._get_columns_sql(REPEATED),
                own=self._get_columns_sql(REPEATED, "entry"),
                now=fields.Datetime.now(),
                is_live=self._get_live_condition(),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _close_cents(self, move_refs):
        """Book the cent by which parts and whole differ after money was undone.

        On the youngest row of money that is left.

        :return: number of entries appended
        """
        appended = 0
        for group in self._get_groups(SQL("entry.move_ref = ANY(%s)", move_refs)):
            gap = commission.rounding_gap(
                group["exact"], group["amount"], group["cent"]
            )
            if gap:
                appended += self._book_cent(group["last_id"], gap)
        return appended

    @api.model
    def _book_cent(self, entry_id, gap):
        columns = [name for name in REPEATED if name not in ("kind", "cent_of")]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_collection_commission_entry (
                    receipt_id, booked_at, base_amount, exact, amount, amount_company,
                    kind, cent_of, %(columns)s)
                SELECT receipt.id, %(now)s, 0, 0, %(gap)s,
                       ROUND(%(gap)s * COALESCE(
                                 receipt.amount / NULLIF(receipt.amount_currency, 0),
                                 entry.amount_company / NULLIF(entry.amount, 0), 1)
                             / currency.rounding) * currency.rounding,
                       'rounding', entry.kind, %(own)s
                  FROM sale_collection_commission_entry entry
                  LEFT JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                  JOIN res_company company ON company.id = entry.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
                 WHERE entry.id = %(id)s
                """,
                columns=self._get_columns_sql(columns),
                own=self._get_columns_sql(columns, "entry"),
                now=fields.Datetime.now(),
                gap=gap,
                id=entry_id,
            )
        )
        return self.env.cr.rowcount

    # === WHAT IS BOOKED ===#

    @api.model
    def _get_columns_sql(self, names, table=None):
        path = [table] if table else []
        return SQL(", ").join(SQL.identifier(*path, name) for name in names)

    @api.model
    def _get_live_condition(self):
        """SQL condition: `entry` has not been taken back."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM sale_collection_commission_entry done
                 WHERE done.reversal_of_id = entry.id)"""
        )

    @api.model
    def _get_groups(self, condition):
        """Return booked and exact sums by invoice, earner, rate and kind, as dicts.

        Cents count with the kind they round. `last_id` is the youngest entry not
        taken back.
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.move_ref, entry.user_id, entry.agent_id, entry.plan_id,
                       entry.rate_id, %(family)s AS kind,
                       SUM(entry.exact) AS exact, SUM(entry.amount) AS amount,
                       MIN(currency.rounding) AS cent,
                       (ARRAY_AGG(entry.id ORDER BY entry.date DESC, entry.id DESC)
                        FILTER (WHERE entry.reversal_of_id IS NULL
                                  AND entry.kind <> 'rounding'
                                  AND %(is_live)s))[1] AS last_id
                  FROM sale_collection_commission_entry entry
                  JOIN res_currency currency ON currency.id = entry.currency_id
                 WHERE %(condition)s
                   AND %(family)s = ANY(%(kinds)s)
                 GROUP BY 1, 2, 3, 4, 5, 6
                 ORDER BY 1, 2, 3, 4, 5, 6
                """,
                is_live=self._get_live_condition(),
                condition=condition,
                kinds=list(MONEY_KINDS),
                family=FAMILY,
            )
        )

    @api.model
    def _collect_have(self, receipt_ids):
        """Return what rows of money have live entries of: (money, rep, agent, kind)."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt_id, user_id, agent_id, kind
                  FROM sale_collection_commission_entry entry
                 WHERE receipt_id = ANY(%s) AND kind <> 'rounding'
                   AND reversal_of_id IS NULL AND %s
                """,
                receipt_ids,
                self._get_live_condition(),
            )
        )
        return frozenset(rows)

    @api.model
    def _collect_booked(self, move_ids):
        """Return {(invoice, rep, agent, plan, rate, kind): (exact sum, booked sum)}."""
        groups = self._get_groups(SQL("entry.move_ref = ANY(%s)", move_ids))
        names = ("move_ref", "user_id", "agent_id", "plan_id", "rate_id", "kind")
        return {
            tuple(group[name] for name in names): (group["exact"], group["amount"])
            for group in groups
        }

    @api.model
    def _collect_advances(self, move_ids):
        """Return {invoice: {(rep, agent, plan, rate): amount advanced}}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_ref, user_id, agent_id, plan_id, rate_id, SUM(amount)
                  FROM sale_collection_commission_entry
                 WHERE move_ref = ANY(%s) AND kind = 'advance'
                 GROUP BY move_ref, user_id, agent_id, plan_id, rate_id
                HAVING SUM(amount) <> 0
                """,
                move_ids,
            )
        )
        advances = defaultdict(dict)
        for move_id, *earner, amount in rows:
            advances[move_id][tuple(earner)] = amount
        return advances

    # === REFUNDED MONEY ===#

    @api.model
    def _collect_originals(self, receipts):
        """Return {credit note id: rows of the money its invoice was paid with}."""
        refunded = list({receipt.move_id for receipt in receipts if receipt.amount < 0})
        rows = refunded and self.env.execute_query(
            SQL(
                """
                SELECT note.id, paid.id
                  FROM account_move note
                  JOIN sale_collection_receipt paid
                       ON paid.move_id = note.reversed_entry_id
                 WHERE note.id = ANY(%s) AND note.move_type = 'out_refund'
                   AND paid.kind = 'cash' AND paid.reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undo
                        WHERE undo.reversal_of_id = paid.id)
                 ORDER BY note.id, paid.id
                """,
                refunded,
            )
        )
        found = self._collect_receipts([row[1] for row in rows]) if rows else []
        money = {receipt.id: receipt for receipt in found}
        originals = defaultdict(list)
        for note_id, receipt_id in rows:
            if receipt_id in money:
                originals[note_id].append(money[receipt_id])
        return originals
