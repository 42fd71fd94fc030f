from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

# How long an order the rules have stopped stays on record, in days.
KEPT_DAYS = 90
# What nobody means by a release.
MAX_YEARS = 100
MAX_AMOUNT = 1e12


class Approval(NamedTuple):
    """What one release needs: the level of its amount, and who else could decide."""

    level: models.BaseModel
    allowed: models.BaseModel
    others: models.BaseModel

    @property
    def by_two(self):
        return self.level.needs_second and bool(self.others)


class SaleCollectionHoldApproval(models.Model):
    """From an amount on: which users release held orders, and whether by two of them.

    Without any level every credit controller releases alone. Nobody releases an order
    they sell. Where the company has nobody else one person may, and the log says so.
    """

    _name = "sale.collection.hold.approval"
    _description = "Approval level of releases"
    _order = "company_id, amount_from desc"
    _rec_name = "amount_from"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_from = fields.Monetary(
        string="From",
        help="The level counts for releases of this amount and more, up to the next "
        "level.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Released by",
        domain=lambda self: self.env["res.company"]._get_collection_controller_domain(),
        help="Empty: every credit controller.",
    )
    needs_second = fields.Boolean(
        string="Second person",
        help="One person releases, another one confirms before supply goes on.",
    )

    _amount_once = models.Constraint(
        "UNIQUE (company_id, amount_from)",
        "From: there is a level from this amount already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_from >= 0)", "From: an approval level starts at 0 or above."
    )

    @api.depends("amount_from", "currency_id")
    def _compute_display_name(self):
        for level in self:
            level.display_name = self.env._(
                "From %(amount)s", amount=level.currency_id.format(level.amount_from)
            )

    @api.model
    def _get_levels(self, company):
        """Return the levels of a company, the highest first."""
        return self.sudo().search(
            [("company_id", "=", company.root_id.id)], order="amount_from desc"
        )

    def _pick(self, amount):
        """Return the level of these, highest first, that an amount belongs to."""
        return next(
            (level for level in self if level.amount_from <= amount), self.browse()
        )

    # === RIGHTS ===#

    @api.model
    def _prepare_approvals(self, holds, amount=None):
        """Return {hold: Approval} of a release over an amount, or the whole order."""
        plan = {}
        for company, group in holds.grouped("company_id").items():
            levels = self._get_levels(company)
            controllers = company._collection_get_controllers()
            for hold in group:
                level = levels._pick(amount or hold.amount)
                named = level.user_ids & controllers if level.user_ids else controllers
                others = named - hold._get_sellers() - self.env.user
                plan[hold] = Approval(level, named, others)
        return plan

    @api.model
    def _read_terms(self, until, amount):
        """Return day and amount of a release as values; clients send what they like.

        :raise UserError: the day is none, or the amount no possible amount
        """
        try:
            until = fields.Date.to_date(until or None)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("Released until: %(value)s is not a day.", value=until)
            ) from None
        if amount is None or amount is False:
            return until, None
        is_number = isinstance(amount, int | float) and amount is not True
        if not is_number or not amount < MAX_AMOUNT:
            raise UserError(
                self.env._(
                    "Released up to: %(value)s is not a possible amount.", value=amount
                )
            )
        return until, amount

    @api.model
    def _check_decision(self, holds, reason, until=None, amount=None):
        """Check that held orders can be decided on like this, by this user."""
        holds._check_controller()
        holds.check_access("read")
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Reason: say why, it stays with the order."))
        if any(hold.state not in ("active", "rejected") for hold in holds):
            raise UserError(
                self.env._("Only held or rejected orders are released or rejected.")
            )
        if amount is not None and amount <= 0:
            raise UserError(self.env._("Released up to: the amount must be above 0."))
        for company in holds.sudo().company_id if until else ():
            today = company.root_id._collection_today()
            if not today <= until <= today + relativedelta(years=MAX_YEARS):
                raise UserError(
                    self.env._(
                        "Released until: choose today or a later day, within "
                        "%(years)s years.",
                        years=MAX_YEARS,
                    )
                )

    @api.model
    def _check_promise(self, holds, promise):
        """Check that a release of these holds can rest on a promise to pay."""
        if promise.state != "open":
            raise UserError(
                self.env._(
                    "%(promise)s is no open promise: nothing can rest on it.",
                    promise=promise.display_name,
                )
            )
        if holds.partner_id != promise.partner_id:
            raise UserError(
                self.env._(
                    "%(promise)s was given by another customer.",
                    promise=promise.display_name,
                )
            )

    @api.model
    def _is_first(self, hold, approval, until, amount):
        """Return whether this release is the first of two.

        :raise AccessError: the user may not decide on this order at all
        :raise UserError: a second person wants to release more than the first
        """
        if self.env.su:
            return False
        self._check_named(hold, approval)
        self._check_not_own(hold, approval)
        if not approval.by_two:
            return False
        if not hold.first_at:
            return True
        self._check_second(hold, until, amount)
        return False

    @api.model
    def _check_named(self, hold, approval):
        """Check that the user is named for such amounts, if anybody named is there."""
        if approval.allowed and self.env.user not in approval.allowed:
            raise AccessError(
                self.env._(
                    "%(order)s: orders of this amount are released by %(users)s.",
                    order=hold.order_id.sudo().name,
                    users=", ".join(approval.allowed.mapped("name")),
                )
            )

    @api.model
    def _check_not_own(self, hold, approval):
        """Check that the user does not sell this order, if anybody else could decide.

        :raise AccessError: naming another controller
        """
        if self.env.user in hold._get_sellers() and approval.others:
            raise AccessError(
                self.env._(
                    "%(order)s is your own order: another credit controller has to "
                    "release it, for instance %(user)s.",
                    order=hold.order_id.sudo().name,
                    user=approval.others[0].name,
                )
            )

    @api.model
    def _check_second(self, hold, until, amount):
        """Check that another person confirms, and no more than was approved first."""
        if hold.first_by_id == self.env.user:
            raise AccessError(
                self.env._(
                    "%(order)s: you have released it already. It waits for a second "
                    "person.",
                    order=hold.order_id.sudo().name,
                )
            )
        currency = hold.currency_id
        longer = hold.first_until and (not until or until > hold.first_until)
        above = currency.compare_amounts(amount or hold.amount, hold.first_amount)
        if longer or above > 0:
            raise UserError(
                self.env._(
                    "%(order)s: %(user)s approved up to %(amount)s until %(until)s. "
                    "Confirm that or less, or have it approved anew.",
                    order=hold.order_id.sudo().name,
                    user=hold.first_by_id.name,
                    amount=currency.format(hold.first_amount),
                    until=format_date(self.env, hold.first_until) or "-",
                )
            )

    @api.model
    def _note_first(self, holds, plan, reason, until, amount, promise):
        """Note the first approval of these holds and ask for the second one."""
        news = self.env["sale.collection.hold.news"]
        for hold in holds:
            hold.write(
                {
                    "first_by_id": self.env.uid,
                    "first_at": fields.Datetime.now(),
                    "first_reason": reason,
                    "first_until": until or False,
                    "first_amount": amount or hold.amount,
                    "first_promise_id": promise and promise.id,
                    "waits_for": "second",
                }
            )
            second = plan[hold].others[0]
            summary = self.with_context(lang=second.lang).env._(
                "Confirm the release by %(user)s", user=self.env.user.name
            )
            news._ask_controller(hold, second, summary, reason)

    @api.model
    def _get_lone_note(self, hold, approval):
        """Return what is logged when one person released alone as an exception."""
        if not self.env.su and self.env.user in hold._get_sellers():
            return self.env._(
                "Released by the order's own salesperson: the company has no "
                "other credit controller who may."
            )
        if approval.level.needs_second and not hold.first_at:
            return self.env._(
                "Released by one person: the company has no second one who may."
            )
        return ""

    @api.model
    def _check_own_raise(self, company, customers):
        """Check that the user sells none of these customers' held orders, cancelled
        ones of the last weeks included.

        Called when the user gives them more credit: nobody frees an own order like
        that while the company has another controller. Where there is none it is
        allowed and logged.

        :raise AccessError: naming the order and another controller
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        # A cancelled order can be confirmed again, or a copy of it.
        cancelled = Domain("state", "=", "expired") & Domain("held_at", ">=", since)
        cancelled &= Domain("order_id.state", "!=", "sale")
        held = self.env["sale.collection.hold"].sudo()
        held = held.search(
            Domain("company_id", "child_of", company.id)
            & Domain("partner_id", "in", customers.ids)
            & (Domain("state", "=", "active") | cancelled)
        )
        own = held.filtered(lambda hold: self.env.user in hold._get_sellers())
        for hold, approval in self._prepare_approvals(own).items():
            self._check_not_own(hold, approval)
            hold._message_log(
                body=self.env._(
                    "Credit raised by the order's own salesperson: the company has no "
                    "other credit controller."
                )
            )
