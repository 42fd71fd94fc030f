from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

WAITS_FOR = [
    ("controller", "Credit controller"),
    ("second", "Second person"),
    ("rep", "Salesperson"),
]
NO_APPROVAL = {
    "first_by_id": False,
    "first_at": False,
    "first_reason": False,
    "first_until": False,
    "first_amount": 0.0,
    "first_promise_id": False,
}


class Approval(NamedTuple):
    """What a release needs: the level of its amount, and who else could decide."""

    level: models.BaseModel
    allowed: models.BaseModel
    others: models.BaseModel


class SaleCollectionHold(models.Model):
    """Who may let a held order go: not who sells it, and above an amount two people.

    Where the company has nobody else, one person may, and the log says so.
    """

    _inherit = "sale.collection.hold"

    waits_for = fields.Selection(
        WAITS_FOR, string="Waits for", readonly=True, copy=False, tracking=True
    )
    first_by_id = fields.Many2one(
        "res.users", string="First approval by", readonly=True, copy=False
    )
    first_at = fields.Datetime(string="First approval at", readonly=True, copy=False)
    first_reason = fields.Text(
        string="Reason of the first approval", readonly=True, copy=False
    )
    first_until = fields.Date(string="First approval until", readonly=True, copy=False)
    first_amount = fields.Monetary(
        string="First approval up to", readonly=True, copy=False
    )
    first_promise_id = fields.Many2one(
        "sale.collection.promise",
        string="First approval on promise",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === ACTIONS ===#

    def action_release(self, reason, until=None, amount=None):
        # EXTENDS: by another person than sells it, by two of them above an amount
        until = fields.Date.to_date(until)
        self._decide(reason, until, amount)
        approvals = self._plan_approvals(amount)
        first = self.filtered(
            lambda hold: hold._takes_first(approvals[hold], until, amount)
        )
        first._approve_first(approvals, reason, until, amount)
        decided = self - first
        decided._settle_approvals(approvals)
        return super(SaleCollectionHold, decided).action_release(reason, until, amount)

    def action_reject(self, reason):
        # EXTENDS: what was approved before is void
        result = super().action_reject(reason)
        self.sudo().write(NO_APPROVAL)
        return result

    def _release_on_promise(self, promise, reason, until=None, amount=None):
        """Release these orders for as long as a promise to pay is kept."""
        if promise.state != "open":
            raise UserError(
                self.env._(
                    "%(promise)s is no open promise: nothing can rest on it.",
                    promise=promise.display_name,
                )
            )
        if self.partner_id != promise.partner_id:
            raise UserError(
                self.env._(
                    "%(promise)s was given by another customer.",
                    promise=promise.display_name,
                )
            )
        self._check_controller()
        self.sudo().write({"first_promise_id": promise.id})
        return self.action_release(reason, until, amount)

    # === RIGHTS ===#

    def _check_controller(self):
        if not (
            self.env.su
            or self.env.user.has_group("sale_collection.group_credit_controller")
        ):
            raise AccessError(
                self.env._(
                    "Only credit controllers release or reject held orders. Ask one "
                    "of them with “Ask for release”."
                )
            )

    def _plan_approvals(self, amount=None):
        """Return {hold: Approval} of a release over an amount, or the whole order."""
        plan = {}
        for company, holds in self.grouped("company_id").items():
            levels = self.env["sale.collection.hold.approval"]._get_levels(company)
            controllers = company._collection_get_controllers()
            for hold in holds:
                level = levels._pick(amount or hold.amount)
                allowed = (
                    level.user_ids & controllers if level.user_ids else controllers
                )
                others = allowed - hold._get_sellers() - self.env.user
                plan[hold] = Approval(level, allowed, others)
        return plan

    def _takes_first(self, approval, until, amount):
        """Tell whether this release is the first of two.

        :raise AccessError: the user may not decide on this order at all
        """
        self.ensure_one()
        if self.env.su:
            return False
        self._check_level(approval)
        self._check_not_own(approval)
        if not (approval.level.needs_second and approval.others):
            return False
        if not self.first_by_id:
            return True
        self._check_second(until, amount)
        return False

    def _check_level(self, approval):
        """Refuse who is not named for such amounts, unless nobody named is there."""
        if approval.allowed and self.env.user not in approval.allowed:
            raise AccessError(
                self.env._(
                    "%(order)s: orders of this amount are released by %(users)s.",
                    order=self.order_id.sudo().name,
                    users=", ".join(approval.allowed.mapped("name")),
                )
            )

    def _get_sellers(self):
        """Return who sells this order, and who did when it was stopped: nobody passes
        it to a colleague to release it himself."""
        order = self.sudo().order_id
        return order.user_id | order.collection_hold_ids.sold_by_id

    def _check_not_own(self, approval):
        if self.env.user in self._get_sellers() and approval.others:
            raise AccessError(
                self.env._(
                    "%(order)s is your own order: another credit controller has to "
                    "release it, for instance %(user)s.",
                    order=self.order_id.sudo().name,
                    user=approval.others[0].name,
                )
            )

    def _check_second(self, until, amount):
        """Let another person confirm, and no more than was approved first."""
        if self.first_by_id == self.env.user:
            raise AccessError(
                self.env._(
                    "%(order)s: you have released it already. It waits for a second "
                    "person.",
                    order=self.order_id.sudo().name,
                )
            )
        longer = self.first_until and (not until or until > self.first_until)
        above = self.currency_id.compare_amounts(
            amount or self.amount, self.first_amount
        )
        if longer or above > 0:
            raise UserError(
                self.env._(
                    "%(order)s: %(user)s approved up to %(amount)s until %(until)s. "
                    "Confirm that or less, or have it approved anew.",
                    order=self.order_id.sudo().name,
                    user=self.first_by_id.name,
                    amount=self.currency_id.format(self.first_amount),
                    until=format_date(self.env, self.first_until) or "-",
                )
            )

    # === APPLY ===#

    def _approve_first(self, approvals, reason, until, amount):
        """Take down the first approval and ask for the second one."""
        for hold in self.sudo():
            hold.write(
                {
                    "first_by_id": self.env.uid,
                    "first_at": fields.Datetime.now(),
                    "first_reason": reason,
                    "first_until": until or False,
                    "first_amount": amount or hold.amount,
                    "waits_for": "second",
                }
            )
            hold._ask_controller(
                approvals[hold].others[0],
                self.env._("Confirm the release by %(user)s", user=self.env.user.name),
                reason,
            )

    def _settle_approvals(self, approvals):
        """Keep the promise the release rests on, and log who decided alone."""
        for hold in self.sudo():
            approval = approvals[hold]
            if not self.env.su and self.env.user in hold._get_sellers():
                hold._message_log(
                    body=self.env._(
                        "Released by the order's own salesperson: the company has no "
                        "other credit controller who may."
                    )
                )
            elif approval.level.needs_second and not hold.first_by_id:
                hold._message_log(
                    body=self.env._(
                        "Released by one person: the company has no second one who may."
                    )
                )
            hold.write({**NO_APPROVAL, "promise_id": hold.first_promise_id.id})
