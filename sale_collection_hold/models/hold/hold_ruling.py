from odoo import api, fields, models

from ...tools.hold_facts import WAITING


class SaleCollectionHoldRuling(models.AbstractModel):
    """Open, change and end holds as the rules say now; people do not come in here."""

    _name = "sale.collection.hold.ruling"
    _description = "Holds by the rules"

    @api.model
    def _apply_judgements(self, orders, judged, launch=False, confirming=False):
        """Bring the holds of these orders in line with what was judged.

        :param judged: {order id: Judgement}; orders left out are free
        :param bool launch: start the supply of what goes on
        :param bool confirming: nothing has left yet, whatever a quotation says
        """
        Hold = self.env["sale.collection.hold"].sudo()
        opening, freed = {}, Hold
        for order in orders:
            found = judged.get(order.id) if judged else None
            hold = order._collection_get_hold()
            if found and found.strength in WAITING:
                if hold.state == "released":
                    self._expire_holds(hold)
                    hold = Hold
                if not confirming and order._collection_is_supplied():
                    self._expire_holds(hold)
                elif hold:
                    self._update_hold(hold, found)
                else:
                    opening[order] = found
            elif hold.state == "active":
                freed |= hold
            warned = bool(found) and found.strength == "warn"
            if order.collection_warned != warned:
                self._note_warning(order, warned)
        self._hold_orders(opening)
        if freed:
            freed.write({"state": "ready", "ready_at": fields.Datetime.now()})
        if launch:
            partly = orders.filtered(
                lambda order: (
                    order._collection_get_hold().strength in ("limit", "prepay")
                )
            )
            (freed.order_id | partly)._collection_launch_supply()

    @api.model
    def _note_warning(self, order, warned):
        """Write whether the rules warn of an order, and the state where that is all.

        Else its holds would be read to find out that there are none.
        """
        values, known = {"collection_warned": warned}, []
        if order.collection_hold_state in ("none", "warn"):
            values["collection_hold_state"] = "warn" if warned else "none"
            known = [order._fields["collection_hold_state"]]
        with self.env.protecting(known, order):
            order.write(values)

    @api.model
    def _hold_orders(self, judged):
        """Open holds on orders; return them.

        :param judged: {order: Judgement}
        """
        holds = self.env["sale.collection.hold"].sudo()
        if not judged:
            return holds
        orders = self.env["sale.order"].sudo().union(*judged)
        profiles = {}
        for company, group in orders.grouped(lambda o: o.company_id.root_id).items():
            made = self.env["sale.collection.profile"].sudo().with_company(company)
            for profile in made._for(group.partner_invoice_id):
                profiles[company, profile.partner_id] = profile
        return holds.create(
            [
                {
                    "order_id": order.id,
                    "sold_by_id": order.user_id.id,
                    "profile_id": profiles[
                        order.company_id.root_id,
                        order.partner_invoice_id.commercial_partner_id,
                    ].id,
                    **self._prepare_hold(judged[order]),
                }
                for order in orders
            ]
        )

    @api.model
    def _carry_rejections(self, orders):
        """Reject confirmed copies of orders a controller has refused to supply.

        For the same customer and as long as the decision stands; a copy that was
        released is free.
        """
        for order in orders.filtered("collection_source_id"):
            decided = order.collection_source_id._collection_get_hold()
            hold = order._collection_get_hold()
            customer = order.partner_invoice_id.commercial_partner_id
            if (
                decided.state != "rejected"
                or decided.partner_id != customer
                or hold.state in ("rejected", "released")
            ):
                continue
            decision = {
                "state": "rejected",
                "released_by_id": decided.released_by_id.id,
                "released_at": decided.released_at,
                "release_reason": decided.release_reason,
            }
            if hold:
                hold.write(decision)
            else:
                decided.copy(
                    {
                        **decision,
                        "order_id": order.id,
                        "sold_by_id": order.user_id.id,
                        "amount": order.amount_total / (order.currency_rate or 1.0),
                    }
                )

    @api.model
    def _update_hold(self, hold, judgement):
        """Write what is judged now on a hold that stays; a ready one is active again.

        A rejection is a person's decision and stays.
        """
        vals = self._prepare_hold(judgement)
        if hold.state == "ready":
            vals["state"] = "active"
            vals["held_at"] = fields.Datetime.now()
        rules = vals.pop("rule_ids")[0][2]
        changed = {name: value for name, value in vals.items() if hold[name] != value}
        if set(rules) != set(hold.rule_ids.ids):
            changed["rule_ids"] = [fields.Command.set(rules)]
        if changed:
            hold.write(changed)

    @api.model
    def _expire_holds(self, holds):
        """End these holds; say so where a release ends with its promise."""
        promises = self.env["sale.collection.promise"]
        lost = holds.filtered(lambda hold: hold._has_lost_promise())
        if lost:
            states = dict(promises._fields["state"]._description_selection(self.env))
            lost.order_id._message_log_batch(
                {
                    hold.order_id.id: self.env._(
                        "The release has ended: promise %(promise)s is no longer open "
                        "(%(state)s).",
                        promise=hold.promise_id.name,
                        state=states[hold.promise_id.state],
                    )
                    for hold in lost
                }
            )
        if holds:
            holds.write({"state": "expired"})

    @api.model
    def _prepare_hold(self, judgement):
        rules = {check.rule.id for check in judgement.stops} - {0}
        words = self.env["sale.collection.hold.text"]._get_words()
        described = judgement.describe(*words)
        return {
            "strength": judgement.strength,
            "reasons": described["reasons"],
            "cures": described["cures"],
            "amount": judgement.order.amount,
            "amount_received": judgement.order.received,
            "rule_ids": [fields.Command.set(sorted(rules))],
        }
