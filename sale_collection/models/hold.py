from odoo import fields, models

STRENGTHS = [
    ("limit", "Limited supply"),
    ("prepay", "Prepayment"),
    ("hold", "Hold"),
    ("refuse", "Refuse"),
]
STATES = [
    ("active", "Active"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
]
# What still says something about the order.
CURRENT_STATES = ("active", "ready", "released", "rejected")


class SaleCollectionHold(models.Model):
    """Why an order is not supplied, what would cure it, and who let it go.

    Opened and made ready by the rules alone; released and rejected by people.
    Amounts are in company currency.
    """

    _name = "sale.collection.hold"
    _description = "Supply hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "held_at desc, id desc"
    _rec_name = "order_id"
    _check_company_auto = True
    _mail_post_access = "read"

    order_id = fields.Many2one(
        "sale.order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(
        related="order_id.user_id", string="Salesperson", store=True, index=True
    )
    controller_id = fields.Many2one(
        "res.users", string="Credit controller", readonly=True, index="btree_not_null"
    )
    strength = fields.Selection(STRENGTHS, required=True, readonly=True)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="active",
        index=True,
        tracking=True,
    )
    amount = fields.Monetary(
        string="Order amount", readonly=True, help="Total of the order."
    )
    amount_received = fields.Monetary(
        string="Received",
        readonly=True,
        help="Money linked to this order: down payments, payment links, paid online.",
    )
    reasons = fields.Json(readonly=True, export_string_translation=False)
    cures = fields.Json(readonly=True, export_string_translation=False)
    rule_ids = fields.Many2many(
        "sale.collection.hold.rule", string="Rules", readonly=True
    )
    held_at = fields.Datetime(
        string="Held since", readonly=True, default=fields.Datetime.now
    )
    ready_at = fields.Datetime(string="Ready since", readonly=True)

    # === RELEASE ===#

    released_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, tracking=True
    )
    released_at = fields.Datetime(string="Decided at", readonly=True)
    release_reason = fields.Text(string="Reason", readonly=True)
    release_until = fields.Date(
        string="Released until",
        readonly=True,
        help="Last day goods may leave on this release. Empty: no end.",
    )
    release_amount = fields.Monetary(
        string="Released up to",
        readonly=True,
        help="A larger order is judged again.",
    )
    promise_id = fields.Many2one(
        "sale.collection.promise",
        string="Released on promise",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # === ACTIONS ===#

    def action_release(self, reason, until=None, amount=None):
        """Let these orders be supplied although the rules say no."""
        raise NotImplementedError

    def action_reject(self, reason):
        """Decide that these orders are not supplied."""
        raise NotImplementedError
