from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.date_utils import add

from ..tools import settlement


class Key(NamedTuple):
    """One settlement a period: what it is never mixed of."""

    company_id: int
    currency_id: int
    user_id: int | None
    agent_id: int | None


class Total(NamedTuple):
    """What an earner has to be settled by one plan; amounts in its currency."""

    key: Key
    plan_id: int | None
    count: int
    last_id: int
    amount: float
    losses: float
    earlier: float


class Earners(NamedTuple):
    """Users and agents by id; None for everybody."""

    users: list | None = None
    agents: list | None = None


EVERYBODY = Earners()


class SaleCollectionSettlement(models.Model):
    """From unsettled entries to drafts: collect in batch, decide, write."""

    _inherit = "sale.collection.settlement"

    # === ENTRY POINTS ===#

    @api.model
    def _prepare(self, user, date_from, date_to):
        """Make, or bring up to date, the drafts of one rep or agent for a period.

        All that is booked for money up to the end of the period and is not settled
        yet: money booked late for a settled period comes with its own date and factor.

        :param user: users, or the partners of agents
        :return: drafts, one for each company allowed and currency; none when there is
            nothing to settle
        :raise UserError: all of the period is settled already
        """
        if user._name == "res.users":
            return self._prepare_all(date_from, date_to, Earners(user.ids, []))
        return self._prepare_all(date_from, date_to, Earners([], user.ids))

    @api.model
    def _prepare_all(self, date_from, date_to, earners=EVERYBODY):
        """Make the drafts of a period for some users and agents, or for everybody.

        Who has settled the period already is left out, as long as others remain.
        """
        self.check_access("write")
        date_from, date_to = map(fields.Date.to_date, (date_from, date_to))
        if date_to < date_from:
            raise ValidationError(
                self.env._("To: a period cannot end before it begins.")
            )
        self.env["sale.collection.commission.entry"].sudo()._accrue()
        facts = self._collect_facts(date_from, date_to, earners)
        closed = self._collect_closed(facts["keys"], date_from)
        if facts["keys"] and len(closed) == len(facts["keys"]):
            raise UserError(self._get_closed_message(closed.values()))
        keys = [key for key in facts["keys"] if key not in closed]
        drafts = self._get_drafts(keys, date_from, date_to)
        drafts._take_facts(facts)
        return drafts.with_env(self.env)

    def action_refresh(self):
        """Bring drafts up to date; adjustments stay."""
        self.check_access("write")
        if any(record.state != "draft" for record in self):
            raise UserError(self.env._("Only drafts are prepared again."))
        self.env["sale.collection.commission.entry"].sudo()._accrue()
        self._renew()

    def _renew(self):
        """Take up in drafts what is booked by now."""
        by_period = self.sudo().grouped(
            lambda record: (record.date_from, record.date_to)
        )
        for period, drafts in by_period.items():
            earners = Earners(drafts.user_id.ids, drafts.agent_id.ids)
            drafts._take_facts(self._collect_facts(*period, earners))

    # === COLLECT ===#

    def _get_key(self):
        self.ensure_one()
        return Key(
            self.company_id.id,
            self.currency_id.id,
            self.user_id.id or None,
            self.agent_id.id or None,
        )

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
        """Return {key: the reserve as `settlement.Account`}.

        That of numbered settlements, and what people release in drafts.
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
        return {Key(*row[:4]): settlement.Account(*map(float, row[4:])) for row in rows}

    @api.model
    def _collect_brought(self, earners):
        """Return {key: balance carried forward that none has taken up yet}."""
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
        settled = self.sudo().search(
            [
                ("state", "in", ("confirmed", "paid")),
                ("reversal_of_id", "=", False),
                ("reversed_by_id", "=", False),
                ("date_to", ">=", date_from),
                ("company_id", "in", self.env.companies.ids),
            ],
            order="date_to",
        )
        latest = {record._get_key(): record for record in settled}
        return {key: latest[key] for key in keys if key in latest}

    @api.model
    def _get_closed_message(self, settlements):
        latest = max(settlements, key=lambda record: record.date_to)
        return self.env._(
            "From: %(earner)s is settled until %(date)s by %(number)s. What has been "
            "booked since goes into the next period.",
            earner=latest.earner_id.name,
            date=fields.Date.to_string(latest.date_to),
            number=latest.name,
        )

    # === APPLY ===#

    @api.model
    def _get_drafts(self, keys, date_from, date_to):
        """Return the drafts of a period, missing ones made, in the order of `keys`."""
        found = self.sudo().search(
            [
                ("state", "=", "draft"),
                ("date_from", "=", date_from),
                ("date_to", "=", date_to),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        by_key = {draft._get_key(): draft for draft in found}
        missing = [key for key in keys if key not in by_key]
        period = {"date_from": date_from, "date_to": date_to}
        made = self.sudo().create([{**key._asdict(), **period} for key in missing])
        by_key |= dict(zip(missing, made, strict=True))
        return self.sudo().browse([by_key[key].id for key in keys])

    def _take_facts(self, facts):
        """Write what was collected into drafts, and what is uncertain about it."""
        self.line_ids.filtered("is_automatic").unlink()
        lines = []
        for draft in self:
            key = draft._get_key()
            draft.write(self._get_draft_values(key, facts))
            lines += draft._get_automatic_lines(key, facts)
        self.env["sale.collection.settlement.line"].sudo().create(lines)
        self.flush_recordset()
        self.env["sale.collection.settlement.rate"]._take(self)
        self.env["sale.collection.settlement.doubt"]._take(self)
        self.invalidate_recordset(["entry_ids"])

    @api.model
    def _get_draft_values(self, key, facts):
        """Return the figures of a draft; sums are rounded to hide binary dust."""
        totals = facts["totals"].get(key, ())
        currency = self.env["res.currency"].browse(key.currency_id)
        return {
            "prepared_at": fields.Datetime.now(),
            "last_entry_ref": max((total.last_id for total in totals), default=0),
            "entry_count": sum(total.count for total in totals),
            "amount_earned": currency.round(sum(total.amount for total in totals)),
            "amount_earlier": currency.round(sum(total.earlier for total in totals)),
            "amount_brought": facts["brought"].get(key, 0.0),
            "account_state": facts["accounts"].get(key, settlement.Account()),
        }

    def _get_automatic_lines(self, key, facts):
        """Return the values of the lines of a draft that follow from plans."""
        account = facts["accounts"].get(key, settlement.Account())
        earned = self._get_earned(facts["totals"].get(key, ()))
        moves = settlement.reserve_moves(earned, account, self.currency_id.rounding)
        common = {"settlement_id": self.id, "is_automatic": True}
        return [{**values, **common} for values in map(self._get_reserve_values, moves)]

    def _get_earned(self, totals):
        """Return what each plan has earned, as `settlement.Earned`."""
        plans = self.env["sale.collection.commission.plan"].sudo()
        return [
            settlement.Earned(
                total.plan_id,
                total.amount - total.losses,
                plans.browse(total.plan_id).reserve_percent,
                total.losses,
            )
            for total in totals
        ]

    def _get_reserve_values(self, move):
        """Return the values of the line of one move of the reserve."""
        plan = (
            self.env["sale.collection.commission.plan"].sudo().browse(move.plan or [])
        )
        values = {
            "kind": move.kind,
            "name": self._get_reserve_name(move.kind, plan),
            "plan_id": plan.id,
            "amount": move.pay,
            "reserve_amount": move.reserve,
        }
        if move.kind == "reserve_kept" and plan.reserve_months:
            values["release_date"] = add(self.date_to, months=plan.reserve_months)
        return values

    @api.model
    def _get_reserve_name(self, kind, plan):
        if kind == "reserve_kept":
            return self.env._(
                "%(percent)s %% kept back, %(plan)s",
                percent=f"{plan.reserve_percent:g}",
                plan=plan.name,
            )
        if kind == "reserve_loss":
            return self.env._("Share of bad debts, taken from the reserve")
        return self.env._("Reserve paid out")
