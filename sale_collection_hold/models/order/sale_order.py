from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.sql import column_exists

from odoo.addons.sale_collection.tools.window import open_dialog

from ...tools.hold import Question, allowance, released, stops_all
from ...tools.hold_facts import WAITING
from ...tools.hold_report import no_verdict
from ..hold.hold import CURRENT_STATES
from ..hold.hold_approval import KEPT_DAYS
from .order_edit import drop_fields, make_field_error

HOLD_STATES = [
    ("none", "None"),
    ("warn", "Warning"),
    ("held", "Held"),
    ("ready", "Ready"),
    ("released", "Released"),
    ("rejected", "Rejected"),
]
BANNER_LEVELS = [("danger", "Stopped"), ("warning", "Warning"), ("info", "Free")]
# States of a hold in which a controller may decide on it.
KEEPING_STATES = ("active", "rejected")
# Customers open their orders in the portal, not how they are judged.
STAFF = "base.group_user"
UNLABELLED = {"export_string_translation": False, "groups": STAFF}
# What decides on a hold and only the system sets: `readonly` stops no client.
RULED_FIELDS = {
    "collection_hold_state",
    "collection_warned",
    "collection_source_id",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "currency_id",
    "currency_rate",
    "transaction_ids",
}


class SaleOrder(models.Model):
    """An order is judged when it is confirmed, when it grows, and until it is supplied.

    What the supply rules say becomes its hold, `sale.collection.hold`.
    """

    _inherit = "sale.order"

    collection_hold_ids = fields.One2many(
        "sale.collection.hold", "order_id", string="Supply holds", groups=STAFF
    )
    collection_hold_id = fields.Many2one(
        "sale.collection.hold",
        string="Supply hold",
        compute="_compute_collection_hold_id",
        compute_sudo=True,
        groups=STAFF,
    )
    collection_warned = fields.Boolean(readonly=True, copy=False, **UNLABELLED)
    # the rejected order it was copied from
    collection_source_id = fields.Many2one(
        "sale.order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        **UNLABELLED,
    )
    collection_hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        compute="_compute_collection_hold_state",
        store=True,
        copy=False,
        help="Whether supply rules keep goods of this order back.",
        groups=STAFF,
    )

    collection_banner = fields.Html(
        compute="_compute_collection_banner", sanitize=False, **UNLABELLED
    )
    collection_banner_level = fields.Selection(
        BANNER_LEVELS, compute="_compute_collection_banner", **UNLABELLED
    )
    collection_can_request = fields.Boolean(
        compute="_compute_collection_banner", **UNLABELLED
    )

    # The few orders people look for, not the many without a hold.
    _collection_hold_state_idx = models.Index(
        "(collection_hold_state) WHERE collection_hold_state <> 'none'"
    )

    def _auto_init(self):
        # Years of orders have no hold: none of them is read to find that out.
        if not column_exists(self.env.cr, self._table, "collection_hold_state"):
            self.env.cr.execute(
                "ALTER TABLE sale_order"
                " ADD COLUMN collection_hold_state varchar DEFAULT 'none'"
            )
            self.env.cr.execute(
                "ALTER TABLE sale_order ALTER collection_hold_state DROP DEFAULT"
            )
        return super()._auto_init()

    @api.depends("collection_hold_ids.state")
    def _compute_collection_hold_id(self):
        for order in self:
            order.collection_hold_id = order.collection_hold_ids.filtered(
                lambda hold: hold.state in CURRENT_STATES
            )[:1]

    @api.depends("collection_hold_ids.state", "collection_warned")
    def _compute_collection_hold_state(self):
        for order in self:
            state = order.collection_hold_id.state
            order.collection_hold_state = ("held" if state == "active" else state) or (
                "warn" if order.collection_warned else "none"
            )

    @api.depends(
        "state",
        "partner_id",
        "partner_invoice_id",
        "payment_term_id",
        "amount_total",
        "collection_hold_state",
        "collection_hold_ids.waits_for",
    )
    @api.depends_context("lang")
    def _compute_collection_banner(self):
        quotations = self._origin.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        verdicts = quotations.sudo()._collection_verdict()
        texts = self.env["sale.collection.hold.text"]
        for order in self:
            stored = order._origin.sudo()
            facts = (
                texts._get_banner(stored.collection_hold_id)
                or texts._get_verdict_banner(verdicts.get(stored.id), stored.company_id)
                or (not stored and texts._get_customer_banner(order.sudo()))
                or {}
            )
            order.collection_banner_level = facts.get("level", False)
            order.collection_can_request = facts.get("can_request", False)
            order.collection_banner = facts and self.env["ir.qweb"]._render(
                "sale_collection_hold.order_hold_banner", facts, minimal_qcontext=True
            )

    # === CRUD ===#
    # All ways to confirm end in a write of the state: the button, a signature or
    # payment online, a server action, an import.

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self, vals_list = drop_fields(self, vals_list, RULED_FIELDS)
        orders = super().create(vals_list)
        self.env["sale.collection.order.edit"]._settle(orders)
        return orders

    def write(self, vals):
        self._collection_check_write(vals)
        state = vals.get("state")
        confirming = ending = self.browse()
        if state == "sale":
            confirming = self.filtered(lambda order: order.state != "sale")
        elif state:
            ending = self.filtered(
                lambda order: state == "cancel" or order.state == "sale"
            )
        judged = confirming._collection_judge_now(vals.get("date_order"))
        edits = self.env["sale.collection.order.edit"]
        with edits._save_whole(self - confirming, vals):
            result = super().write(vals)
        confirming.sudo()._collection_apply(judged, confirming=True)
        ending.sudo()._collection_close_holds()
        return result

    def _collection_check_write(self, vals):
        """Refuse to write what decides on a hold, and to date a held order back."""
        if self.env.su:
            return
        if refused := RULED_FIELDS & vals.keys():
            raise make_field_error(self, min(refused))
        for order in self if "date_order" in vals and "state" not in vals else ():
            waits = order.collection_hold_state in ("held", "rejected")
            if order.state == "sale" and waits:
                raise AccessError(
                    self.env._(
                        "Supply of %(order)s waits: its date cannot be changed, as the "
                        "order confirmed first has the first right to the credit.",
                        order=order.name,
                    )
                )

    def copy(self, default=None):
        # EXTENDS: what a controller has refused to supply is refused to its copies
        copies = super().copy(default)
        for order, copied in zip(self.sudo(), copies.sudo(), strict=True):
            rejected = order.collection_hold_state == "rejected"
            source = order if rejected else order.collection_source_id
            if source:
                copied.collection_source_id = source
        return copies

    def unlink(self):
        # EXTENDS: with the activities and messages of the holds
        holds = self.sudo().collection_hold_ids
        if not self.env.su:
            self._collection_check_unlink(holds)
        holds.unlink()
        return super().unlink()

    @api.model
    def _collection_check_unlink(self, holds):
        """Refuse to delete orders with their decisions: a new one would have none.

        :raise UserError: naming an order
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        kept = holds.filtered(
            lambda hold: (
                hold.state == "rejected"
                or (hold.state == "expired" and hold.held_at >= since)
            )
        )
        if kept:
            raise UserError(
                self.env._(
                    "%(order)s was stopped by supply rules: it is kept with the "
                    "decision on it. Cancel it instead.",
                    order=kept[0].order_id.name,
                )
            )

    # === VERDICT ===#

    def _collection_verdict(self, today=None, checkpoint="confirm"):
        """Return what the supply rules say of these orders, by the ledger as it is.

        Judged together by date and id, each counts the ones before it as confirmed.
        Amounts and invoices are those of the order's own customer.

        :param date today: each company's own today when left out
        :param str checkpoint: `confirm` or `delivery`
        :return: {order id: {'strength', 'reasons': [{'rule', 'rule_id', 'code',
            'measured', 'threshold', 'unit'}], 'cures': [...]}}; amounts in company
            currency
        """
        self.check_access("read")
        judged = self.sudo()._collection_judge(Question(today, checkpoint))
        words = self.env["sale.collection.hold.text"]._get_words()
        return {
            order_id: judged[order_id].describe(*words)
            if order_id in judged
            else no_verdict()
            for order_id in self._origin.ids
        }

    def _collection_foresee(self):
        """Return {order: verdict} of what would come of confirming these now."""
        self.check_access("read")
        words = self.env["sale.collection.hold.text"]._get_words()
        judged = self.sudo()._collection_get_rulings(
            Question(fresh=True), refusing=True
        )
        return {
            order: judged[order.id].describe(*words)
            if order.id in judged
            else no_verdict()
            for order in self
        }

    def _collection_judge(self, question):
        """Return {order id: Judgement}, see `sale.collection.order.judge`."""
        return self.env["sale.collection.order.judge"]._judge(self, question)

    def _collection_get_rulings(self, question, refusing):
        """Return {order id: Judgement} with the strength that is applied.

        :param bool refusing: whether an order may be refused
        """
        judged = self._collection_judge(question)
        return {
            order.id: order._collection_resolve(judged[order.id], refusing)
            for order in self
            if order.id in judged
        }

    # === CONFIRM ===#

    def _collection_judge_now(self, moment=None, refusing=None):
        """Judge orders about to be confirmed, under lock.

        :param moment: when they are confirmed; it decides on the rate
        :param bool refusing: whether a refusal is raised; by who acts when left out
        :return: {order id: Judgement}
        :raise OrderRefused: naming all refused orders, towards a person acting himself
        """
        if refusing is None:
            refusing = self._collection_may_refuse()
        blocked = ("refuse",) if refusing else ()
        question = Question(moment=moment, fresh=True, lock=True, blocked=blocked)
        judged = self.sudo()._collection_get_rulings(question, refusing)
        refused = [found for found in judged.values() if found.strength == "refuse"]
        if refused:
            raise self.env["sale.collection.order.refusal"]._make(self, refused)
        return judged

    @api.model
    def _collection_may_refuse(self):
        """Tell whether a refusal may be raised: only towards a person acting himself.

        The portal, the web shop and payments act with the rights of the system. There
        it becomes a hold: what the customer signed and paid is kept.
        """
        return not self.env.su and self.env.user._is_internal()

    def _collection_resolve(self, judgement, refusing):
        """Return what follows from a judgement for this order.

        A release covers it; services have nothing that could wait; nobody outside is
        refused.
        """
        strength = judgement.strength
        if strength in WAITING and self.collection_hold_id._covers(judgement):
            return judgement.with_strength("none")
        if strength in WAITING and strength != "refuse" and self._collection_is_bare():
            strength = "refuse"
        if strength == "refuse" and not refusing:
            strength = "hold"
        return judgement.with_strength(strength)

    def _collection_is_bare(self):
        """Tell whether nothing of this order can wait and the company refuses then."""
        company = self.company_id.root_id
        refuses = company.collection_services_hold == "refuse"
        return refuses and not self._collection_has_supply()

    def action_collection_confirm(self):
        """Confirm these quotations; where one is refused, show them all first."""
        verdicts = self._collection_foresee()
        if all(verdict["strength"] != "refuse" for verdict in verdicts.values()):
            return self.action_confirm()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_confirm_action"
        )
        return {**action, "context": {"default_order_ids": self.ids}}

    def _collection_confirm_later(self):
        """Have orders paid online confirmed by the queue."""
        queue = self.env["sale.collection.queue"].sudo()
        for company, orders in self.grouped("company_id").items():
            queue._push("order", orders.ids, company)

    def _collection_confirm_paid(self):
        """Confirm quotations whose payment has come in."""
        transactions = self.sudo().transaction_ids.filtered(
            lambda transaction: transaction.state in ("authorized", "done")
        )
        transactions._check_amount_and_confirm_order()

    # === RECHECK ===#

    def _collection_recheck(self, today=None):
        """Judge confirmed orders again, under lock, and launch what goes on.

        Idempotent. Called when something happens to the customer, at night, and before
        goods leave.

        :raise psycopg2.errors.SerializationFailure: see `sale.collection.lock`
        """
        orders = self.sudo()
        confirmed = orders.filtered(lambda order: order.state == "sale")
        asked = orders.filtered(
            lambda order: (
                order.state in ("draft", "sent")
                and order.collection_hold_id.state == "active"
            )
        )
        for group, checkpoint in ((confirmed, "delivery"), (asked, "confirm")):
            question = Question(today, checkpoint, lock=True, blocked=())
            judged = group._collection_get_rulings(question, refusing=False)
            group._collection_apply(judged, launch=True)

    def _collection_propose_hold(self):
        """Open a hold on a quotation, for a controller to decide on; return it."""
        self.ensure_one()
        judged = self.sudo()._collection_judge(Question(fresh=True)).get(self.id)
        if not judged or judged.strength not in WAITING:
            raise UserError(
                self.env._("%(order)s: no rule stops this order.", order=self.name)
            )
        return self.env["sale.collection.hold.ruling"]._hold_orders({self: judged})

    def _collection_get_open_holds(self):
        """Return the holds that keep these orders back.

        :raise UserError: none of them is held
        """
        holds = self.collection_hold_id.filtered(
            lambda hold: hold.state in KEEPING_STATES
        )
        if not holds:
            raise UserError(self.env._("None of these orders is held."))
        return holds

    def _collection_ask_release(self, reason):
        """Put this order before the controller, held already or still a quotation."""
        self.ensure_one()
        self.check_access("write")
        hold = self.sudo().collection_hold_id.filtered(
            lambda hold: hold.state in KEEPING_STATES
        )
        if not hold:
            hold = self.sudo()._collection_propose_hold()
        news = self.env["sale.collection.hold.news"]
        news._ask_release(hold.sudo(False), reason)

    def _collection_apply(self, judged, launch=False, confirming=False):
        """Bring the holds of these orders in line with what was judged."""
        ruling = self.env["sale.collection.hold.ruling"]
        ruling._apply_judgements(self, judged, launch, confirming)
        if confirming:
            ruling._carry_rejections(self)

    def _collection_close_holds(self):
        """End what no longer stands between a cancelled order and its supply.

        "Do not supply" is a person's decision and stays, should the order come back.
        """
        held = self.filtered(
            lambda order: order.collection_hold_state in ("held", "ready")
        )
        self.env["sale.collection.hold.ruling"]._expire_holds(held.collection_hold_id)

    def _collection_get_hold(self):
        """Return the current hold; most orders have none and need not look for it."""
        self.ensure_one()
        if self.collection_hold_state in ("none", "warn"):
            return self.env["sale.collection.hold"]
        return self.collection_hold_id

    # === WHAT MAY BE SUPPLIED ===#

    def _collection_supply_waits(self):
        """Tell whether goods of this order wait, by its stored hold.

        An order edited in this transaction is judged first.
        """
        self.ensure_one()
        self.env["sale.collection.order.edit"]._settle(self)
        return self.sudo()._collection_get_hold()._keeps_back()

    def _collection_launch_supply(self):
        """Launch what may be supplied now; nothing can be launched without stock."""

    def _collection_has_supply(self):
        """Tell whether something of this order can wait to be supplied."""
        self.ensure_one()
        return bool(self._collection_get_goods())

    def _collection_is_supplied(self):
        """Tell whether all the goods of this order have left."""
        self.ensure_one()
        goods = self._collection_get_goods()
        return bool(goods) and all(
            line.qty_delivered >= line.product_uom_qty for line in goods
        )

    def _collection_get_goods(self):
        return self.order_line.filtered(
            lambda line: (
                line.product_id.type == "consu"
                and not line.display_type
                and line.product_uom_qty > 0
            )
        )

    def _collection_get_allowance(self, today=None):
        """Return what may be supplied in all while this order waits.

        Nothing under a hold, up to the free credit or a cap under limited supply, as
        far as it is paid under prepayment where the company says so, up to the
        released amount after the release of a part.

        :param date today: the company's own today when left out
        :return: {order line id: quantity in the line's unit}; None where all of it may
        """
        self.ensure_one()
        if not self._collection_supply_waits():
            return None
        order = self.sudo()
        hold = order.collection_hold_id
        rules = hold._get_rule_values()
        if hold.state == "rejected" or (hold.state == "active" and stops_all(rules)):
            return dict.fromkeys(order.order_line.ids, 0.0)
        judge = self.env["sale.collection.order.judge"]
        judgement = judge._measure(order, today)
        if hold.state == "released":
            return released(judgement.order, hold.release_amount)
        return allowance(
            rules,
            judgement.order,
            judgement.verdict.free,
            judgement.order.received
            if order.company_id.root_id.collection_prepay_extent == "extent"
            else None,
            *judge._measure_caps(order, rules, judgement),
        )

    # === ACTIONS ===#

    def action_collection_request_release(self):
        """Open the dialog that asks the credit controller for release."""
        self.ensure_one()
        self.check_access("write")
        return open_dialog(
            self.env._("Ask for release"),
            "sale.collection.hold.message",
            default_kind="request",
            default_order_id=self.id,
        )

    def action_collection_release(self):
        """Open the dialog that releases these orders."""
        return self._collection_get_open_holds().action_open_release()

    def action_collection_notice(self):
        """Open the mail that tells the customer what frees supply."""
        self.ensure_one()
        return self._collection_get_open_holds().action_send_notice()

    def action_collection_check(self):
        """Show what every rule measures on this order."""
        self.ensure_one()
        self.check_access("read")
        return self.env["sale.collection.hold.preview"]._check_order(self)

    def action_open_collection_holds(self):
        """Open the holds this order has had."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}
