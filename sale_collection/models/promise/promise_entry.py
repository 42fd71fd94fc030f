from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_date

from ...tools.promise import Instalment, ask, plan_instalments

# Below this part kept a new promise gets a warning.
LOW_KEPT_RATIO = 0.7
# The longest plan: five years of weekly payments.
MOST_PAYMENTS = 260


class SaleCollectionPromiseEntry(models.AbstractModel):
    """Takes promises down: what is refused, warned of and replaced, until given."""

    _name = "sale.collection.promise.entry"
    _description = "Entry of promises"

    # === PROPOSED ===#

    @api.model
    def _propose_payments(self, promise):
        """Return the equal payments of a plan, none while it is incomplete."""
        known = promise.first_date and promise.frequency and promise.amount
        if promise.kind != "plan" or not known or promise.payment_count <= 0:
            return []
        if promise.payment_count > MOST_PAYMENTS:
            raise ValidationError(
                self.env._(
                    "Number of payments: a plan has at most %(most)s. Choose fewer, "
                    "or a standing promise.",
                    most=MOST_PAYMENTS,
                )
            )
        return plan_instalments(
            promise.amount,
            promise.first_date,
            promise.frequency,
            promise.payment_count,
            promise.currency_id.decimal_places or 2,
        )

    @api.model
    def _propose_amount_asked(self, promise):
        """Return what to ask for so that the amount needed can be expected."""
        trust = promise.profile_id._get_promise_trust()
        found = trust.get(promise.profile_id._origin.id, {})
        return ask(
            promise.target_amount,
            found.get("reliability"),
            found.get("bargaining"),
            promise.proposed_amount or None,
        )

    # === REFUSED ===#

    @api.model
    def _check_entered(self, promises):
        """Refuse what cannot be promised, and what the user may not promise."""
        for promise in promises.sudo():
            self._check_person(promise)
        drafts = promises.sudo().filtered(lambda promise: promise.state == "draft")
        self._check_terms(drafts)
        self.sudo()._check(drafts)

    @api.model
    def _check(self, promises, today=None):
        """Refuse what cannot be promised, naming the field and the way out.

        :param date today: also refuse a date before it, for promises about to open
        :raise ValidationError: with the field to correct
        """
        for promise in promises:
            self._check_amount(promise)
            self._check_dates(promise, max(promise.made_on, today or promise.made_on))
            if promise.kind == "plan":
                self._check_plan(promise)
            if promise.kind != "standing":
                self._check_instalments(promise)
                self._check_parts(promise)

    @api.model
    def _check_terms(self, promises):
        """Hold users to the bounds that the settings set for single promises.

        :raise ValidationError: the terms of a promise are wider than that
        """
        if self.env.su:
            return
        for promise in promises.sudo():
            company = promise.company_id.sudo()
            self._check_grace(promise, company)
            back = timedelta(days=company.collection_promise_backdate_days)
            earliest = company._collection_today() - back
            if promise.made_on < earliest:
                raise ValidationError(
                    self.env._(
                        "Made on: promises are noted from %(date)s on. Choose a later "
                        "day, or let a manager allow more in the settings.",
                        date=format_date(self.env, earliest),
                    )
                )

    @api.model
    def _check_grace(self, promise, company):
        most = max(
            company.collection_promise_grace_days,
            company.collection_promise_max_grace_days,
        )
        if promise.grace_days > most:
            raise ValidationError(
                self.env._(
                    "Days of grace: a promise has at most %(most)s. Choose a later "
                    "date instead.",
                    most=most,
                )
            )
        least = min(
            company.collection_promise_threshold,
            company.collection_promise_min_threshold,
        )
        if promise.threshold_percent < least:
            raise ValidationError(
                self.env._(
                    "Enough from: a promise is kept by at least %(least)s percent. "
                    "Promise a smaller amount instead.",
                    least=least,
                )
            )

    @api.model
    def _check_person(self, promise):
        person = promise.contact_id
        if person and person.commercial_partner_id != promise.partner_id:
            raise ValidationError(
                self.env._(
                    "Promised by: %(person)s does not belong to %(customer)s.",
                    person=person.display_name,
                    customer=promise.partner_id.display_name,
                )
            )

    @api.model
    def _check_amount(self, promise):
        if promise.currency_id.compare_amounts(promise.amount, 0.0) <= 0:
            raise ValidationError(
                self.env._("Enter the promised amount: it must be above 0.")
            )

    @api.model
    def _check_dates(self, promise, earliest):
        """Refuse missing dates and such before ``earliest``."""
        if promise.made_on > promise.company_id._collection_today():
            raise ValidationError(
                self.env._("Made on: a promise cannot be made in the future.")
            )
        dates = {
            self.env._("Date"): promise.date,
            self.env._("Payments"): _get_first_day(promise),
        }
        if promise.payment_form == "bill" and promise.maturity_date:
            dates[self.env._("Bill matures on")] = promise.maturity_date
        for label, day in dates.items():
            if not day or day < earliest:
                raise ValidationError(
                    self.env._(
                        "%(field)s: a promise needs a date on or after %(date)s.",
                        field=label,
                        date=format_date(self.env, earliest),
                    )
                )

    @api.model
    def _check_plan(self, promise):
        total = sum(promise.plan_line_ids.mapped("amount"))
        if promise.currency_id.compare_amounts(total, promise.amount):
            raise ValidationError(
                self.env._(
                    "The payments of the plan sum to %(total)s, but %(amount)s is "
                    "promised. Change one of the two.",
                    total=promise.currency_id._collection_format(total),
                    amount=promise.currency_id._collection_format(promise.amount),
                )
            )

    @api.model
    def _check_instalments(self, promise):
        """Refuse foreign invoices and promises above what is open on them."""
        foreign = promise.allocation_ids.filtered(_is_not_promisable)
        if foreign or not promise.allocation_ids:
            raise ValidationError(
                self.env._(
                    "Invoices: choose posted, unpaid invoices of %(customer)s.",
                    customer=promise.partner_id.display_name,
                )
            )
        compare = promise.currency_id.compare_amounts
        opened = sum(promise.allocation_ids.mapped("residual"))
        if compare(promise.amount, opened) > 0:
            raise ValidationError(
                self.env._(
                    "Amount: %(amount)s is more than the %(open)s open on the chosen "
                    "invoices. Lower it or choose more invoices.",
                    amount=promise.currency_id._collection_format(promise.amount),
                    open=promise.currency_id._collection_format(opened),
                )
            )

    @api.model
    def _check_parts(self, promise):
        """Refuse a split above what is open on an invoice, or that does not sum."""
        compare = promise.currency_id.compare_amounts
        parts = promise.allocation_ids
        over = parts.filtered(lambda part: compare(part.amount, part.residual) > 0)
        if over:
            raise ValidationError(
                self.env._(
                    "%(invoice)s: more is promised than the %(open)s that is open.",
                    invoice=over[0].line_name,
                    open=promise.currency_id._collection_format(over[0].residual),
                )
            )
        if compare(sum(parts.mapped("amount")), promise.amount):
            raise ValidationError(
                self.env._(
                    "The parts per invoice do not sum to the promised %(amount)s. "
                    "Correct them or let the split do it.",
                    amount=promise.currency_id._collection_format(promise.amount),
                )
            )

    # === WARNED OF ===#

    @api.model
    def _get_warnings(self, promise):
        """Return what speaks against this promise, one sentence each."""
        warnings = [
            self._get_level_warning(self._get_level(promise.sudo())),
            self._get_record_warning(promise.profile_id),
            self._get_sooner_warning(promise),
        ]
        warnings += [
            self._get_replaced_warning(rival)
            for rival in self._get_rivals(promise.sudo())
        ]
        return [warning for warning in warnings if warning]

    @api.model
    def _get_level_warning(self, level):
        if level < 2:
            return ""
        return self.env._("This is promise number %(level)s on this debt.", level=level)

    @api.model
    def _get_record_warning(self, profile):
        trust = profile._get_promise_trust().get(profile._origin.id, {})
        ratio = trust.get("kept_ratio")
        if ratio is None or ratio >= LOW_KEPT_RATIO:
            return ""
        return self.env._(
            "Kept %(kept)s of %(judged)s promises so far.",
            kept=trust["kept"],
            judged=trust["judged"],
        )

    @api.model
    def _get_sooner_warning(self, promise):
        """Tell that the customer has never paid so soon after a due date."""
        due = min(
            (a.due_date for a in promise.allocation_ids if a.due_date), default=None
        )
        day = promise.next_date or promise.date
        best = promise.profile_id.sudo()._get_best_days_late() if due and day else None
        if best is None or (day - due).days >= best:
            return ""
        return self.env._(
            "Never paid so soon before: at best %(best)s days after the due date, "
            "this would be %(days)s.",
            best=best,
            days=(day - due).days,
        )

    @api.model
    def _get_replaced_warning(self, promise):
        return self.env._(
            "Replaces %(promise)s: %(amount)s promised for %(date)s.",
            promise=promise.name,
            amount=promise.currency_id._collection_format(promise.amount),
            date=format_date(self.env, promise.next_date or promise.date),
        )

    # === OTHER PROMISES ON THE SAME DEBT ===#

    @api.model
    def _get_rivals(self, promises):
        """Return the open promises on the same instalments, or standing as well."""
        standing = promises.filtered(lambda promise: promise.kind == "standing")
        refs = (promises - standing).allocation_ids.mapped("line_ref")
        rival = Domain(
            "allocation_ids", "any", [("line_ref", "in", refs), ("is_live", "=", True)]
        )
        if standing:
            rival |= Domain("kind", "=", "standing") & Domain(
                "profile_id", "in", standing.profile_id.ids
            )
        return promises.search(Domain("state", "=", "open") & rival) - promises

    @api.model
    def _get_level(self, promise):
        """Return n, for the n-th promise on its debt; kept ones are not counted."""
        refs = promise.allocation_ids.mapped("line_ref")
        last = promise.search(
            [
                ("allocation_ids.line_ref", "in", refs),
                ("state", "not in", ("draft", "kept")),
                ("id", "!=", promise._origin.id),
            ],
            order="level desc",
            limit=1,
        )
        return 1 + last.level

    # === GIVEN ===#

    @api.model
    def _give(self, promises, today):
        """Take drafts of one company as given: they claim their instalments."""
        self._add_rest(promises)
        self._check(promises, today)
        self.env["account.move.line"]._collection_mirror()
        rivals = self._get_rivals(promises)
        # What is past its grace has been broken before this promise was made.
        if rivals:
            rivals._evaluate(today)
        self._supersede(promises, rivals)
        for promise in promises:
            self._set_given(promise, today)
        late = promises.filtered(lambda promise: promise.made_on < today)
        late.allocation_ids._claim(SQL("receipt.booked_at < promise.opened_at"))
        (promises - late).allocation_ids._claim(SQL("TRUE"))
        promises._set_waived()
        promises._follow_bargain()
        promises._message_log_batch(
            {promise.id: self._get_given_log(promise) for promise in promises}
        )
        promises._evaluate(today)

    @api.model
    def _get_given_log(self, promise):
        if promise.made_on < promise.noted_on:
            return self.env._(
                "Promise made on %(made)s, noted on %(noted)s: %(amount)s for "
                "%(date)s. Money that came in between counts.",
                made=format_date(self.env, promise.made_on),
                noted=format_date(self.env, promise.noted_on),
                amount=promise.currency_id._collection_format(promise.amount),
                date=format_date(self.env, promise.date),
            )
        return self.env._(
            "Promise made: %(amount)s for %(date)s.",
            amount=promise.currency_id._collection_format(promise.amount),
            date=format_date(self.env, promise.date),
        )

    @api.model
    def _add_rest(self, promises):
        """Turn a promise with a date for the rest into a plan of two payments."""
        for promise in promises.filtered(
            lambda promise: (
                promise.kind == "single"
                and promise.rest_date
                and not promise.currency_id.is_zero(promise.rest_amount)
            )
        ):
            parts = [
                Instalment(promise.date, promise.amount),
                Instalment(promise.rest_date, promise.rest_amount),
            ]
            promise.write(
                {
                    "kind": "plan",
                    "amount": promise.amount + promise.rest_amount,
                    "plan_line_ids": [
                        Command.clear(),
                        *(Command.create(part._asdict()) for part in parts),
                    ],
                }
            )

    @api.model
    def _set_given(self, promise, today):
        """Note when the promise was made and what the ledger knew then."""
        backdated = promise.made_on < today
        midnight = fields.Datetime.to_datetime(promise.made_on)
        youngest = self.env["sale.collection.receipt"].sudo()
        youngest = youngest.search([], order="id desc", limit=1)
        promise.allocation_ids.filtered(
            lambda part: (
                promise.currency_id.is_zero(part.amount) and not promise.waives_rest
            )
        ).unlink()
        promise.write(
            {
                "state": "open",
                "name": self.env["ir.sequence"].next_by_code(promise._name),
                "level": self._get_level(promise),
                "noted_on": today,
                "opened_at": midnight if backdated else fields.Datetime.now(),
                "receipt_mark": 0 if backdated else youngest.id,
            }
        )
        promise.plan_line_ids.write({"state": "open"})

    @api.model
    def _supersede(self, promises, rivals):
        """Close open promises that new ones replace."""
        replaced = rivals.filtered(lambda promise: promise.state == "open")
        for promise in promises:
            own = replaced & self._get_rivals(promise)
            own._close({"state": "superseded", "superseded_by_id": promise.id})
        replaced._message_log_batch(
            {
                promise.id: self.env._("Replaced by a new promise.")
                for promise in replaced
            }
        )


def _get_first_day(promise):
    """Return the day of the first payment, False while there is none."""
    if promise.kind == "plan":
        return min(promise.plan_line_ids.mapped("date"), default=False)
    return promise.first_date if promise.kind == "standing" else promise.date


def _is_not_promisable(part):
    """Whether an instalment is no open debt of the customer to the company."""
    line, promise = part.line_id, part.promise_id
    return (
        line.partner_id.commercial_partner_id != promise.partner_id
        or line.account_id.account_type != "asset_receivable"
        or line.company_id.root_id != promise.company_id
        or line.parent_state != "posted"
        or line.balance <= 0
        or line.collection_residual <= 0
    )
