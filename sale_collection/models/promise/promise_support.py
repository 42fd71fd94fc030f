from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.support import find_state

KINDS = [
    ("rebate", "Rebate"),
    ("goods", "Free goods"),
    ("delivery", "Delivery ahead of others"),
    ("marketing", "Marketing money"),
    ("service", "Service or training"),
    ("other", "Other"),
]
TIMINGS = [
    ("before", "Before the payment"),
    ("after", "After the payment"),
]
STATES = [
    ("planned", "Agreed"),
    ("released", "To give"),
    ("given", "Given"),
    ("forfeited", "Forfeited"),
    ("cancelled", "Cancelled"),
]
# What is settled with the customer: changed only while the promise stands.
AGREED_FIELDS = {"promise_id", "kind", "cost", "timing"}
# Beside these, what chatter and activities write.
CHATTER_PREFIXES = ("message_", "activity_", "my_activity_", "website_")
ACTIVITY = "sale_collection.activity_support"


class SaleCollectionPromiseSupport(models.Model):
    """What we give a customer so that it keeps a promise, and what that costs us.

    Before the payment: it is to be given once the promise stands. After it: released
    when the promise is kept, forfeited when it is broken. The ledger decides, in both
    directions; what was given stays given. Costs are in company currency.
    """

    _name = "sale.collection.promise.support"
    _description = "Support for a promise"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.titled",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due desc, id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"

    promise_id = fields.Many2one(
        "sale.collection.promise", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="promise_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(
        related="promise_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="rebate", tracking=True)
    cost = fields.Monetary(
        required=True, tracking=True, help="What it costs us, in company currency."
    )
    timing = fields.Selection(
        TIMINGS,
        string="When",
        required=True,
        default="after",
        tracking=True,
        help="After the payment: released when the promise is kept, forfeited when it "
        "is broken.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
        help="Who sees to it that the customer gets it.",
    )
    date_due = fields.Date(
        string="Due",
        compute="_compute_date_due",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The day by which the customer is to have it.",
    )
    note = fields.Char(string="What exactly")
    given_on = fields.Date(string="Given on", readonly=True, copy=False)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="planned",
        copy=False,
        index=True,
        tracking=True,
    )

    _cost_positive = models.Constraint(
        "CHECK (cost >= 0)", "Cost: enter what the support costs us, 0 or more."
    )

    # === COMPUTE ===#

    @api.depends("promise_id")
    def _compute_user_id(self):
        for support in self:
            support.user_id = (
                support.user_id or support.promise_id.user_id or self.env.user
            )

    @api.depends("promise_id.date", "timing")
    def _compute_date_due(self):
        """Propose the day promised, or for what is given before it the first one."""
        for support in self.filtered(lambda one: one.state == "planned"):
            promise = support.promise_id
            company = promise.company_id or self.env.company
            today = company.root_id._collection_today()
            is_before = support.timing == "before" or not promise.date
            support.date_due = today if is_before else promise.date

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        supports = super().create(vals_list)
        supports._check_agreed()
        supports.sudo()._follow()
        return supports

    def write(self, vals):
        entered = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        if not self.env.su and entered:
            self._check_not_given()
            if "user_id" in entered:
                self._check_mine(
                    self.env._("Only its owner or a manager names another owner.")
                )
            if entered & AGREED_FIELDS:
                self._check_agreed()
        result = super().write(vals)
        if not self.env.su and entered & AGREED_FIELDS:
            self._check_agreed()
            self.sudo()._follow()
        if entered & {"user_id", "date_due"}:
            for support in self.sudo():
                support.activity_reschedule(
                    [ACTIVITY],
                    date_deadline=support.date_due,
                    new_user_id=support.user_id.id,
                )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self._check_not_given()
        self._check_agreed()

    def _check_not_given(self):
        """Keep what was given on record.

        :raise UserError: one of them was given
        """
        if any(support.state == "given" for support in self):
            raise UserError(
                self.env._("This support was given: it stays on record as it is.")
            )

    def _check_agreed(self):
        """Hold support to what the customer knew of while its promise stood.

        :raise AccessError: the promise is of somebody else's customer
        :raise ValidationError: it is closed, or promises no sum
        """
        self.promise_id.check_access("write")
        for promise in self.promise_id.sudo():
            if promise.kind == "standing":
                raise ValidationError(
                    self.env._(
                        "Support is for one payment or a plan. A standing promise is "
                        "never kept for good."
                    )
                )
            if promise.state not in ("draft", "open"):
                raise ValidationError(
                    self.env._(
                        "%(promise)s is closed: support is agreed on while a promise "
                        "stands. Log a new promise with it.",
                        promise=promise.display_name,
                    )
                )

    # === WHAT BECOMES OF IT ===#

    def _follow(self):
        """Write the states that follow from those of the promises, in superuser mode.

        Owners are asked to give what is released.
        """
        moved = {}
        for support in self:
            state = find_state(
                support.timing, bool(support.given_on), support.promise_id.state
            )
            if state != support.state:
                moved.setdefault(state, self.browse())
                moved[state] += support
        for state, supports in moved.items():
            supports.state = state
            if state != "released":
                supports.activity_unlink([ACTIVITY])
        for support in moved.get("released", ()):
            support.activity_schedule(
                ACTIVITY, user_id=support.user_id.id, date_deadline=support.date_due
            )

    def _check_mine(self, words):
        """Leave it to the owner, who may name another one.

        :param str words: what others may not do
        :raise AccessError: the user is neither the owner nor a manager
        """
        is_manager = self.env.user.has_group("sale_collection.group_manager")
        if not is_manager and any(one.user_id != self.env.user for one in self):
            raise AccessError(words)

    def action_give(self):
        """Note that the customer has got it."""
        self.check_access("write")
        self._check_mine(
            self.env._("Only its owner or a manager notes that support was given.")
        )
        supports = self.sudo()
        supports.lock_for_update()
        for support in supports:
            if support.state != "released":
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Support of %(customer)s is now: %(state)s. Only what is to be "
                        "given can be.",
                        customer=support.partner_id.display_name,
                        state=labels[support.state],
                    )
                )
        for company, same in supports.grouped("company_id").items():
            same.given_on = company._collection_today()
        supports._follow()
        return True
