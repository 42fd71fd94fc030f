from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.date_utils import add

from ...tools import settlement
from ...tools.settlement import EVERYBODY, Earners


class SaleCollectionSettlementPreview(models.AbstractModel):
    """Writes what earners have to be settled into drafts.

    What a person has added to a draft stays.
    """

    _name = "sale.collection.settlement.preview"
    _description = "Preview of settlements"

    @api.model
    def _prepare_drafts(self, date_from, date_to, earners=EVERYBODY):
        """Make, or bring up to date, the drafts of a period.

        Earners whose period is settled already are left out, as long as others remain.

        :param Earners earners: the users and agents concerned
        :return: drafts, one for each company allowed, earner and currency
        :raise UserError: the period is settled for all of them
        """
        settlements = self.env["sale.collection.settlement"]
        settlements.check_access("write")
        date_from, date_to = map(fields.Date.to_date, (date_from, date_to))
        if date_to < date_from:
            raise ValidationError(
                self.env._("To: a period cannot end before it begins.")
            )
        self.env["sale.collection.commission.entry"].sudo()._accrue()
        reader = self.env["sale.collection.settlement.facts"]
        facts = reader._collect_facts(date_from, date_to, earners)
        closed = reader._collect_closed(facts["keys"], date_from)
        if facts["keys"] and len(closed) == len(facts["keys"]):
            raise UserError(self._get_closed_message(closed.values()))
        keys = [key for key in facts["keys"] if key not in closed]
        drafts = self._get_drafts(keys, date_from, date_to)
        self._fill(drafts, facts)
        return drafts.with_env(self.env)

    @api.model
    def _renew(self, drafts):
        """Write what is booked by now into drafts."""
        reader = self.env["sale.collection.settlement.facts"]
        by_period = drafts.sudo().grouped(
            lambda record: (record.date_from, record.date_to)
        )
        for period, own in by_period.items():
            earners = Earners(own.user_id.ids, own.agent_id.ids)
            self._fill(own, reader._collect_facts(*period, earners))

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

    @api.model
    def _get_drafts(self, keys, date_from, date_to):
        """Return the drafts of a period, missing ones made, in the order of `keys`."""
        settlements = self.env["sale.collection.settlement"].sudo()
        found = settlements.search(
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
        made = settlements.create([{**key._asdict(), **period} for key in missing])
        by_key |= dict(zip(missing, made, strict=True))
        return settlements.browse([by_key[key].id for key in keys])

    @api.model
    def _fill(self, drafts, facts):
        """Write what was collected into drafts, and what is uncertain about it."""
        drafts.line_ids.filtered("is_automatic").unlink()
        lines = []
        for draft in drafts:
            key = draft._get_key()
            draft.write(self._get_draft_values(key, facts))
            lines += self._get_automatic_lines(draft, key, facts)
        self.env["sale.collection.settlement.line"].sudo().create(lines)
        drafts.flush_recordset()
        self.env["sale.collection.settlement.rate"].sudo()._rewrite(drafts)
        self.env["sale.collection.settlement.doubt"].sudo()._rewrite(drafts)
        drafts.invalidate_recordset(["entry_ids"])

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

    @api.model
    def _get_automatic_lines(self, draft, key, facts):
        """Return the values of the lines of a draft that follow from plans."""
        account = facts["accounts"].get(key, settlement.Account())
        earned = self._get_earned(facts["totals"].get(key, ()))
        moves = settlement.reserve_moves(earned, account, draft.currency_id.rounding)
        common = {"settlement_id": draft.id, "is_automatic": True}
        return [{**self._get_reserve_values(draft, move), **common} for move in moves]

    @api.model
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

    @api.model
    def _get_reserve_values(self, draft, move):
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
            values["release_date"] = add(draft.date_to, months=plan.reserve_months)
        return values

    @api.model
    def _get_reserve_name(self, kind, plan):
        """Return the text of a line of the reserve."""
        if kind == "reserve_kept":
            return self.env._(
                "%(percent)s %% kept back, %(plan)s",
                percent=f"{plan.reserve_percent:g}",
                plan=plan.name,
            )
        if kind == "reserve_loss":
            return self.env._("Share of bad debts, taken from the reserve")
        return self.env._("Reserve paid out")
