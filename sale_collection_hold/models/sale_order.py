from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.sql import column_exists

from odoo.addons.sale_collection.tools.window import open_dialog

from ..exceptions import OrderRefused
from ..tools.hold import Question, allowance, released, stops_all
from ..tools.hold_facts import WAITING
from ..tools.hold_report import no_verdict
from .hold import CURRENT_STATES

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
# What the supply rules say of an order; a client could write stored figures otherwise.
RULED_FIELDS = {"collection_hold_state", "collection_warned"}
# A change of these makes a confirmed order another promise to the same customer, or
# the same to another one.
JUDGED_FIELDS = {"partner_id", "partner_invoice_id", "payment_term_id"}


class SaleOrder(models.Model):
    """An order is judged when it is confirmed, when it grows, and until it is supplied.

    What the supply rules say becomes its hold, `sale.collection.hold`.
    """

    _inherit = "sale.order"

    collection_hold_ids = fields.One2many(
        "sale.collection.hold", "order_id", string="Supply holds"
    )
    collection_hold_id = fields.Many2one(
        "sale.collection.hold",
        string="Supply hold",
        compute="_compute_collection_hold_id",
        compute_sudo=True,
    )
    collection_warned = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )
    collection_hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        compute="_compute_collection_hold_state",
        store=True,
        copy=False,
        help="Whether supply rules keep goods of this order back.",
    )

    collection_banner = fields.Html(
        compute="_compute_collection_banner",
        sanitize=False,
        export_string_translation=False,
    )
    collection_banner_level = fields.Selection(
        BANNER_LEVELS,
        compute="_compute_collection_banner",
        export_string_translation=False,
    )
    collection_can_request = fields.Boolean(
        compute="_compute_collection_banner", export_string_translation=False
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
        orders = super().create(vals_list)
        orders._collection_settle_edits()
        return orders

    def write(self, vals):
        if not self.env.su and not RULED_FIELDS.isdisjoint(vals):
            raise self.env["sale.collection.hold"]._make_write_error()
        state = vals.get("state")
        confirming = ending = self.browse()
        if state == "sale":
            confirming = self.filtered(lambda order: order.state != "sale")
        elif state:
            ending = self.filtered(
                lambda order: state == "cancel" or order.state == "sale"
            )
        judged = confirming._collection_judge_now(vals.get("date_order"))
        result = super().write(vals)
        confirming.sudo()._collection_apply(judged)
        ending.sudo()._collection_close_holds()
        if not JUDGED_FIELDS.isdisjoint(vals):
            changed = (self - confirming).filtered(lambda order: order.state == "sale")
            changed._collection_judge_edit(self._collection_may_refuse())
        return result

    def unlink(self):
        # EXTENDS: with the activities and messages of the holds
        self.sudo().collection_hold_ids.unlink()
        return super().unlink()

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
            raise self._collection_make_refusal(refused)
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

    # === EDITS ===#

    def _collection_note_edits(self):
        """Keep the totals of confirmed orders about to be edited.

        Whoever asks whether their supply waits, or the end of the edit, judges them.
        """
        edits = self.env.cr.precommit.data.setdefault("sale_collection.edits", {})
        refusing = self._collection_may_refuse()
        for order in self.sudo():
            if order.state == "sale":
                edits.setdefault(order.id, (order.amount_total, refusing))

    def _collection_settle_edits(self):
        """Judge those of these orders that were edited and have grown."""
        edits = self.env.cr.precommit.data.get("sale_collection.edits")
        if not edits:
            return
        noted = {id_: edits.pop(id_) for id_ in self.ids if id_ in edits}
        for order in self.browse(noted):
            before, refusing = noted[order.id]
            if order.currency_id.compare_amounts(order.amount_total, before) > 0:
                order._collection_judge_edit(refusing)

    def _collection_judge_edit(self, refusing):
        """Judge changed orders like new ones: what they grew by comes last."""
        if self:
            judged = self._collection_judge_now(refusing=refusing)
            self.sudo()._collection_apply(judged)

    # === REFUSE ===#

    def _collection_make_refusal(self, refused):
        """Return one error that names every refused order and the way out."""
        orders = "\n".join(map(self._collection_get_refusal_line, refused))
        if any(order.state == "sale" for order in self):
            return UserError(
                self.env._("These orders cannot grow:\n%(orders)s", orders=orders)
            )
        text = self.env._(
            "These orders cannot be confirmed:\n%(orders)s", orders=orders
        )
        if len(self) > 1:
            text += "\n" + self.env._("Nothing has been confirmed.")
        return OrderRefused(text, *self._collection_get_way_out())

    @api.model
    def _collection_get_refusal_line(self, judgement):
        order = self.sudo().browse(judgement.order.id)
        texts = self.env["sale.collection.hold.text"]
        reasons = texts._describe_reasons(
            judgement.reasons(*texts._get_words()), order.company_id.currency_id
        )
        return f"- {order.name}: {'; '.join(reasons)}"

    def _collection_get_way_out(self):
        """Return action, label and context of the button beside the refusal."""
        if len(self) == 1:
            action = self.action_collection_request_release()
            return action, self.env._("Ask for release"), {}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_confirm_action"
        )
        context = {"default_order_ids": self.ids}
        return action, self.env._("Confirm those that pass"), context

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

    def _collection_apply(self, judged, launch=False):
        """Bring the holds of these orders in line with what was judged."""
        self.env["sale.collection.hold.ruling"]._apply_judgements(self, judged, launch)

    def _collection_close_holds(self):
        """End what no longer stands between a cancelled order and its supply."""
        held = self.filtered(
            lambda order: order.collection_hold_state in ("held", "ready", "rejected")
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
        self._collection_settle_edits()
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
        return self.env["sale.collection.hold.preview"]._check_order(self)

    def action_open_collection_holds(self):
        """Open the holds this order has had."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}
