from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.settlement import Account, Key, Total


def same_earner_sql(table):
    """SQL condition: a row of `table` is of the earner of `settlement`."""
    return SQL(
        """(%(table)s.company_id = settlement.company_id
            AND %(table)s.currency_id = settlement.currency_id
            AND COALESCE(%(table)s.user_id, 0) = COALESCE(settlement.user_id, 0)
            AND COALESCE(%(table)s.agent_id, 0) = COALESCE(settlement.agent_id, 0))""",
        table=SQL.identifier(table),
    )


# SQL condition: the unsettled `entry` may go into the draft `settlement`.
IS_OPEN = SQL(
    """(settlement.state = 'draft' AND entry.settlement_id IS NULL
        AND entry.date <= settlement.date_to AND %s)""",
    same_earner_sql("entry"),
)

# SQL condition: the draft `settlement` takes up the unsettled `entry`.
IS_PREVIEWED = SQL("(%s AND entry.id <= settlement.last_entry_ref)", IS_OPEN)


class SaleCollectionSettlementFacts(models.AbstractModel):
    """Reads what decides about settlements, for many earners at once."""

    _name = "sale.collection.settlement.facts"
    _description = "Facts for settlements"

    # === BEFORE A PERIOD IS SETTLED ===#

    @api.model
    def _collect_facts(self, date_from, date_to, earners):
        """Return what decides the settlements of a period, by `Key`."""
        self.env.flush_all()
        totals = self._collect_totals(date_from, date_to, earners)
        accounts = self._collect_accounts(date_to, earners)
        brought = self._collect_brought(earners)
        due = [key for key, account in accounts.items() if account.due > account.gone]
        keys = {*totals, *brought, *due}
        return {
            "keys": sorted(keys, key=lambda key: [part or 0 for part in key]),
            "totals": totals,
            "accounts": accounts,
            "brought": brought,
        }

    @api.model
    def _get_earner_condition(self, table, earners):
        """SQL condition: a row of `table` is of these earners, in our companies."""
        condition = SQL(
            "%s = ANY(%s)",
            SQL.identifier(table, "company_id"),
            self.env.companies.ids,
        )
        if earners.users is None:
            return condition
        return SQL(
            "%s AND (%s = ANY(%s) OR %s = ANY(%s))",
            condition,
            SQL.identifier(table, "user_id"),
            earners.users,
            SQL.identifier(table, "agent_id"),
            earners.agents,
        )

    @api.model
    def _collect_totals(self, date_from, date_to, earners):
        """Return {key: its `Total` for each plan} of what is not settled yet."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT entry.company_id, entry.currency_id, entry.user_id,
                       entry.agent_id, entry.plan_id, COUNT(*), MAX(entry.id),
                       SUM(entry.amount),
                       COALESCE(SUM(entry.amount)
                                FILTER (WHERE entry.kind = 'loss'), 0),
                       COALESCE(SUM(entry.amount)
                                FILTER (WHERE entry.date < %(date_from)s), 0)
                  FROM sale_collection_commission_entry entry
                 WHERE entry.settlement_id IS NULL AND entry.date <= %(date_to)s
                   AND %(is_ours)s
                 GROUP BY 1, 2, 3, 4, 5
                 ORDER BY 1, 2, 3, 4, 5
                """,
                date_from=date_from,
                date_to=date_to,
                is_ours=self._get_earner_condition("entry", earners),
            )
        )
        totals = defaultdict(list)
        for row in rows:
            key = Key(*row[:4])
            totals[key].append(Total(key, *row[4:7], *map(float, row[7:])))
        return dict(totals)

    @api.model
    def _collect_accounts(self, date_to, earners):
        """Return {key: the reserve as `Account`}.

        It counts confirmed settlements, and what people release in drafts.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.company_id, line.currency_id, line.user_id, line.agent_id,
                       COALESCE(SUM(line.reserve_amount)
                                FILTER (WHERE line.kind = 'reserve_kept'), 0),
                       COALESCE(SUM(line.reserve_amount)
                                FILTER (WHERE line.kind = 'reserve_kept'
                                          AND line.release_date <= %(date_to)s), 0),
                       COALESCE(-SUM(line.reserve_amount)
                                FILTER (WHERE line.kind <> 'reserve_kept'), 0)
                  FROM sale_collection_settlement_line line
                  JOIN sale_collection_settlement settlement
                    ON settlement.id = line.settlement_id
                 WHERE line.reserve_amount <> 0 AND %(is_ours)s
                   AND (settlement.confirmed_at IS NOT NULL OR (
                        settlement.state = 'draft' AND line.is_automatic IS NOT TRUE))
                 GROUP BY 1, 2, 3, 4
                """,
                date_to=date_to,
                is_ours=self._get_earner_condition("line", earners),
            )
        )
        return {Key(*row[:4]): Account(*map(float, row[4:])) for row in rows}

    @api.model
    def _collect_brought(self, earners):
        """Return {key: balance carried forward and not brought forward yet}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.company_id, settlement.currency_id,
                       settlement.user_id, settlement.agent_id,
                       SUM(settlement.amount_forward - settlement.amount_brought)
                  FROM sale_collection_settlement settlement
                 WHERE settlement.confirmed_at IS NOT NULL AND %(is_ours)s
                 GROUP BY 1, 2, 3, 4
                HAVING SUM(settlement.amount_forward - settlement.amount_brought) <> 0
                """,
                is_ours=self._get_earner_condition("settlement", earners),
            )
        )
        return {Key(*row[:4]): float(row[4]) for row in rows}

    @api.model
    def _collect_closed(self, keys, date_from):
        """Return {key: the latest settlement that closes a day from `date_from` on}."""
        settled = (
            self.env["sale.collection.settlement"]
            .sudo()
            .search(
                [
                    ("state", "in", ("confirmed", "paid")),
                    ("reversal_of_id", "=", False),
                    ("reversed_by_id", "=", False),
                    ("date_to", ">=", date_from),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="date_to",
            )
        )
        latest = {record._get_key(): record for record in settled}
        return {key: latest[key] for key in keys if key in latest}

    # === OF SETTLEMENTS ===#

    @api.model
    def _collect_entry_ids(self, settlements):
        """Return {settlement id: ids of its entries, the latest money first}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON %(is_previewed)s
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY settlement.id
                 UNION ALL
                SELECT entry.settlement_id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_commission_entry entry
                 WHERE entry.settlement_id = ANY(%(ids)s)
                 GROUP BY entry.settlement_id
                 UNION ALL
                SELECT kept.settlement_id, ARRAY_AGG(entry.id
                           ORDER BY entry.date DESC, entry.id DESC)
                  FROM sale_collection_settlement_kept kept
                  JOIN sale_collection_commission_entry entry
                    ON entry.id = kept.entry_id
                 WHERE kept.settlement_id = ANY(%(ids)s)
                 GROUP BY kept.settlement_id
                """,
                is_previewed=IS_PREVIEWED,
                ids=settlements.ids,
            )
        )
        return dict(rows)

    @api.model
    def _collect_newer_counts(self, settlements):
        """Return {draft id: number of entries that a refresh would add}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, COUNT(*)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON %(is_open)s AND entry.id > settlement.last_entry_ref
                 WHERE settlement.id = ANY(%(ids)s)
                 GROUP BY settlement.id
                """,
                is_open=IS_OPEN,
                ids=settlements.ids,
            )
        )
        return dict(rows)

    @api.model
    def _collect_reserves(self, settlements):
        """Return {settlement id: (reserve after it, reserve before it)}.

        Settlements count in the order in which they were confirmed.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, SUM(line.reserve_amount),
                       COALESCE(SUM(line.reserve_amount)
                                FILTER (WHERE other.id <> settlement.id), 0)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_settlement_line line
                    ON line.reserve_amount <> 0 AND %(is_own)s
                  JOIN sale_collection_settlement other
                    ON other.id = line.settlement_id
                 WHERE settlement.id = ANY(%(ids)s)
                   AND (other.id = settlement.id
                        OR (other.confirmed_at, other.id) < (
                            COALESCE(settlement.confirmed_at, 'infinity'),
                            settlement.id))
                 GROUP BY settlement.id
                """,
                is_own=same_earner_sql("line"),
                ids=settlements.ids,
            )
        )
        return {settlement_id: tuple(own) for settlement_id, *own in rows}

    # === LISTS ===#

    @api.model
    def _get_earner_domain(self, settlement):
        names = ("company_id", "currency_id", "user_id", "agent_id")
        return [(name, "=", settlement[name].id) for name in names]

    @api.model
    def _get_entry_domain(self, settlement):
        """Return the domain of the entries a settlement is made of."""
        if settlement.kept_entry_ids:
            return [("id", "in", settlement.kept_entry_ids.ids)]
        if settlement.state != "draft":
            return [("settlement_id", "=", settlement.id)]
        return [
            *self._get_earner_domain(settlement),
            ("settlement_id", "=", False),
            ("date", "<=", fields.Date.to_string(settlement.date_to)),
            ("id", "<=", settlement.last_entry_ref),
        ]

    @api.model
    def _get_missing_domain(self, settlement):
        """Return the domain of what the earner has that is not in a settlement."""
        domain = self._get_earner_domain(settlement)
        if settlement.state == "draft":
            # What the draft takes up is in it.
            domain += ["|", ("reason", "!=", "unsettled")]
            domain += [("date_due", ">", fields.Date.to_string(settlement.date_to))]
        return domain
