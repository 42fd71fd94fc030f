from odoo import api, models
from odoo.exceptions import UserError

from ..exceptions import OrderRefused
from ..tools.hold_facts import WAITING

# A change of these makes a confirmed order another promise to the same customer, or
# the same to another one.
JUDGED_FIELDS = {"partner_id", "partner_invoice_id", "payment_term_id"}


class SaleOrder(models.Model):
    """Judge orders when they are confirmed, by whatever way, and when they grow.

    All ways end in a write of the state: the button, a signature or payment online, a
    server action, an import.
    """

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._collection_settle_edits()
        return orders

    def write(self, vals):
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

    # === JUDGE ===#

    def _collection_judge_now(self, moment=None, refusing=None):
        """Judge orders about to be confirmed, under lock.

        :param moment: when they are confirmed; it decides on the rate
        :param bool refusing: whether a refusal is raised; by who acts when left out
        :return: {order id: Judgement}
        :raise OrderRefused: naming all refused orders, towards a person acting himself
        """
        if refusing is None:
            refusing = self._collection_may_refuse()
        judged = self.sudo()._collection_judge(
            moment=moment,
            fresh=True,
            lock=True,
            blocked=("refuse",) if refusing else (),
        )
        judged = {
            order.id: order._collection_resolve(judged[order.id], refusing)
            for order in self.sudo()
            if order.id in judged
        }
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
        reasons = self.env["sale.collection.hold"]._describe_reasons(
            judgement.reasons(*self._collection_words()), order.company_id.currency_id
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

    # === BATCH ===#

    def action_collection_confirm(self):
        """Confirm these quotations; where one is refused, show them all first."""
        verdicts = self._collection_foresee()
        if all(verdict["strength"] != "refuse" for verdict in verdicts.values()):
            return self.action_confirm()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_confirm_action"
        )
        return {**action, "context": {"default_order_ids": self.ids}}

    def _collection_foresee(self):
        """Return {order: verdict} of what would come of confirming these now."""
        self.check_access("read")
        words = self._collection_words()
        judged = self.sudo()._collection_judge(fresh=True)
        nothing = {"strength": "none", "reasons": [], "cures": []}
        return {
            order: order.sudo()
            ._collection_resolve(judged[order.id], True)
            .describe(*words)
            if order.id in judged
            else nothing
            for order in self
        }
