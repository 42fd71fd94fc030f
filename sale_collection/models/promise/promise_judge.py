from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...tools.promise import (
    HORIZON_DAYS,
    JUDGED_STATES,
    Case,
    Instalment,
    Rules,
    dates_through,
    expected,
    judge_case,
)
from ..core.transaction import commit_batch
from ..profile.projection import BATCH


class SaleCollectionPromiseJudge(models.AbstractModel):
    """Judge of promises by the receipt ledger, all of them at once.

    The states follow from the promises, the ledger and the day alone: judging again
    gives the same, and undone money leads back to where it was.
    """

    _name = "sale.collection.promise.judge"
    _description = "Judge of promises"

    @api.model
    def _judge(self, promises, today=None):
        """Judge promises, or all pending ones of the company, and write what changed.

        :return: number of promises whose state changed
        """
        if not promises:
            company = self.env.company.root_id
            day = today or company._collection_today()
            promises = self._get_pending(company, day)
        return sum(
            self._judge_company(company, same, today or company._collection_today())
            for company, same in promises.grouped("company_id").items()
        )

    @api.model
    def _judge_company(self, company, promises, today):
        """Judge those promises of one root company that the ledger decides on."""
        self.env["account.move.line"]._collection_mirror()
        self.env.flush_all()
        given = promises.sorted("id").filtered(_is_judged_by_ledger)
        self._add_standing_dates(given, today)
        trust = self.env["sale.collection.profile"]._collect_promise_trust(
            company, today, sorted(given.partner_id.ids)
        )
        verdicts = [
            (promise, self._judge_case(case, today))
            for promise, case in self._collect_cases(company, given)
        ]
        wanted = []
        for promise, verdict in verdicts:
            reliability = trust.get(promise.partner_id.id, {}).get("reliability")
            wanted.append((promise, _prepare_values(promise, verdict, reliability)))
            _write_payments(promise.plan_line_ids, verdict.payments)
        return self._write_changed(wanted)

    # === COLLECT ===#

    @api.model
    def _get_pending(self, company, today):
        """Return the promises the days alone may change: late money fades."""
        late = Domain("state", "in", JUDGED_STATES)
        late &= Domain("date", ">=", today - timedelta(2 * HORIZON_DAYS))
        return self.env["sale.collection.promise"].search(
            Domain("company_id", "=", company.id)
            & (Domain("state", "=", "open") | late)
        )

    @api.model
    def _collect_cases(self, company, promises):
        """Return pairs of a promise and the `Case` it is judged on."""
        reader = self.env["sale.collection.promise.money"]
        standing = promises.filtered(lambda promise: promise.kind == "standing")
        money = reader._collect_money(promises.ids)
        payable = reader._collect_payable(promises.ids)
        excused = self._collect_excused(promises)
        owed = {}
        if standing:
            money |= reader._collect_standing_money(company, standing.ids)
            owed = reader._collect_owed(company, standing.ids)
        return [
            (
                promise,
                Case(
                    _get_instalments(promise),
                    money.get(promise.id, []),
                    Rules(
                        promise.grace_days,
                        promise.threshold_percent,
                        promise.breach_action == "accelerate",
                        excused.get(promise.id, {}),
                    ),
                    payable.get(promise.id),
                    promise.kind == "standing",
                    owed.get(promise.id, []),
                    promise.until_date or None,
                ),
            )
            for promise in promises
        ]

    @api.model
    def _collect_excused(self, promises):
        """Return {promise id: {promised date: days we kept the money waiting}}.

        Extension point, for promises of one payment and plans.
        """
        return {}

    # === DECIDE ===#

    @api.model
    def _judge_case(self, case, today):
        """Return the verdict on one promise; money dated ahead waits for its day."""
        money = [paid for paid in case.money if paid.date <= today]
        return judge_case(case._replace(money=money), today)

    # === APPLY ===#

    @api.model
    def _add_standing_dates(self, promises, today):
        """Give open standing promises their dates up to the next one."""
        missing = {}
        for promise in promises:
            if promise.kind == "standing" and promise.state == "open":
                missing[promise] = _get_missing_dates(promise, today)
        growing = promises.browse(key.id for key, days in missing.items() if days)
        # Somebody who judges at the same moment adds the dates for both.
        growing = growing.try_lock_for_update(allow_referencing=True)
        self.env["sale.collection.promise.line"].create(
            [
                {
                    "promise_id": promise.id,
                    "date": day,
                    "amount": promise.amount,
                    "state": "open",
                }
                for promise in growing
                for day in missing[promise]
            ]
        )

    @api.model
    def _write_changed(self, wanted):
        """Write pairs of a promise and its values where they differ.

        The nightly run keeps them batch by batch.

        :return: number of changes of state
        """
        changed = [pair for pair in wanted if _is_different(*pair)]
        moved = 0
        for batch in split_every(BATCH, changed, list):
            moved += self._write_batch(batch)
            commit_batch(self.env)
        self.env.flush_all()
        return moved

    @api.model
    def _write_batch(self, batch):
        moved = self.env["sale.collection.promise"].browse(
            promise.id for promise, values in batch if promise.state != values["state"]
        )
        for promise, values in batch:
            promise.write(values)
        if moved:
            moved.allocation_ids._update_claims()
            moved._message_log_batch(
                {promise.id: self._get_state_log(promise) for promise in moved}
            )
            moved._on_state_changed()
        return len(moved)

    @api.model
    def _get_state_log(self, promise):
        received = promise.currency_id._collection_format(promise.amount_received)
        texts = {
            "kept": self.env._("Promise kept: %(amount)s received.", amount=received),
            "partial": self.env._(
                "Promise partly kept: only %(amount)s received in time.",
                amount=received,
            ),
            "broken": self.env._("Promise broken: nothing received in time."),
            "open": self.env._("Open again: money has been undone."),
            "cancelled": self.env._("Cancelled: nothing is left to pay."),
        }
        return texts[promise.state]


def _is_judged_by_ledger(promise):
    """Whether a promise was given, and neither replaced nor withdrawn by somebody."""
    taken_back = promise.state == "superseded" or promise.cancelled_by_id
    return promise.opened_at and not taken_back


def _get_instalments(promise):
    """Return the payments of a promise; of a single one its only date."""
    lines = promise.plan_line_ids.sorted("date")
    return [Instalment(part.date, part.amount) for part in lines or promise]


def _get_missing_dates(promise, today):
    """Return the dates of a standing promise, up to the next, that it lacks."""
    known = promise.plan_line_ids.mapped("date")
    return [
        day
        for day in dates_through(promise.first_date, promise.frequency, today)
        if (not promise.until_date or day <= promise.until_date)
        and (not known or day > max(known))
    ]


def _prepare_values(promise, verdict, reliability):
    """Return what the ledger says on a promise, as values of its fields."""
    values = {**_prepare_payment(promise, verdict), "next_date": False}
    values.update(next_amount=0.0, expected_amount=promise.expected_amount)
    if verdict.state == "open":
        coming = _get_next_payment(promise, verdict)
        trusted = expected(promise.amount, reliability)
        values.update(next_date=coming.date, next_amount=coming.amount)
        values["expected_amount"] = _round(promise.currency_id, trusted)
    return values


def _prepare_payment(record, payment):
    """Return values of a promise, or of one of its payments."""
    late = payment.days_late
    return {
        "state": payment.state,
        "amount_received": _round(record.currency_id, payment.received),
        "fulfilment": round(payment.fulfilment, 6),
        "days_late": False if late is None else round(late, 1),
    }


def _get_next_payment(promise, verdict):
    """Return the payment of an open promise to wait for: a plan's line, or itself."""
    lines = zip(promise.plan_line_ids.sorted("date"), verdict.payments, strict=False)
    waiting = [line for line, payment in lines if payment.state == "open"]
    return waiting[0] if waiting else promise


def _write_payments(lines, payments):
    """Write what became of the payments of a plan where it differs."""
    for line, payment in zip(lines.sorted("date"), payments, strict=False):
        values = _prepare_payment(line, payment)
        if _is_different(line, values):
            line.write(values)


def _is_different(record, values):
    """Whether values change a record; False, which is unknown, is not 0."""
    return any(
        (record[name] is False, record[name]) != (value is False, value)
        for name, value in values.items()
    )


def _round(currency, amount):
    return round(currency.round(amount), currency.decimal_places)
