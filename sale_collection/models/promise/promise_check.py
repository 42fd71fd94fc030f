from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class SaleCollectionPromise(models.Model):
    """What cannot be promised, refused with the way out."""

    _inherit = "sale.collection.promise"

    # === CHECKS ===#

    def _check_entry(self, today=None):
        """Refuse what cannot be promised, naming the field and the way out.

        :param date today: also refuse a date before it, for promises about to open
        """
        for promise in self.sudo():
            promise._check_amount()
            promise._check_dates(max(promise.made_on, today or promise.made_on))
            if promise.kind == "plan":
                promise._check_plan()
            if promise.kind != "standing":
                promise._check_allocations()

    def _check_amount(self):
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise ValidationError(
                self.env._("Enter the promised amount: it must be above 0.")
            )

    def _check_dates(self, earliest):
        """Refuse missing dates and such before ``earliest``."""
        if self.made_on > self.company_id._collection_today():
            raise ValidationError(
                self.env._("Made on: a promise cannot be made in the future.")
            )
        dates = {
            self.env._("Date"): self.date,
            self.env._("Payments"): self._get_first_payment(),
        }
        if self.payment_form == "bill" and self.maturity_date:
            dates[self.env._("Bill matures on")] = self.maturity_date
        for label, day in dates.items():
            if not day or day < earliest:
                raise ValidationError(
                    self.env._(
                        "%(field)s: a promise needs a date on or after %(date)s.",
                        field=label,
                        date=format_date(self.env, earliest),
                    )
                )

    def _get_first_payment(self):
        if self.kind == "plan":
            return min(self.plan_line_ids.mapped("date"), default=False)
        return self.first_date if self.kind == "standing" else self.date

    def _check_plan(self):
        total = sum(self.plan_line_ids.mapped("amount"))
        if self.currency_id.compare_amounts(total, self.amount):
            raise ValidationError(
                self.env._(
                    "The payments of the plan sum to %(total)s, but %(amount)s is "
                    "promised. Change one of the two.",
                    total=self.currency_id.format(total),
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _check_allocations(self):
        """Refuse foreign invoices and promises above what is open on them."""
        foreign = self.allocation_ids.filtered(self._is_not_promisable)
        if foreign or not self.allocation_ids:
            raise ValidationError(
                self.env._(
                    "Invoices: choose posted, unpaid invoices of %(customer)s.",
                    customer=self.partner_id.display_name,
                )
            )
        compare = self.currency_id.compare_amounts
        opened = sum(self.allocation_ids.mapped("residual"))
        if compare(self.amount, opened) > 0:
            raise ValidationError(
                self.env._(
                    "Amount: %(amount)s is more than the %(open)s open on the chosen "
                    "invoices. Lower it or choose more invoices.",
                    amount=self.currency_id.format(self.amount),
                    open=self.currency_id.format(opened),
                )
            )
        self._check_parts(compare)

    def _check_parts(self, compare):
        parts = self.allocation_ids
        over = parts.filtered(lambda part: compare(part.amount, part.residual) > 0)
        if over:
            raise ValidationError(
                self.env._(
                    "%(invoice)s: more is promised than the %(open)s that is open.",
                    invoice=over[0].line_name,
                    open=self.currency_id.format(over[0].residual),
                )
            )
        if compare(sum(parts.mapped("amount")), self.amount):
            raise ValidationError(
                self.env._(
                    "The parts per invoice do not sum to the promised %(amount)s. "
                    "Correct them or let the split do it.",
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _is_not_promisable(self, allocation):
        line = allocation.line_id
        return (
            line.partner_id.commercial_partner_id != self.partner_id
            or line.account_id.account_type != "asset_receivable"
            or line.company_id.root_id != self.company_id
            or line.parent_state != "posted"
            or line.balance <= 0
            or line.reconciled
        )
