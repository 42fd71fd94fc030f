from odoo import api, fields, models

from ..tools.hold import STEP_RULE
from ..tools.hold_facts import EPSILON, WAITING


class SaleCollectionHold(models.Model):
    """What the rules write: holds opened, kept, made ready and ended."""

    _inherit = "sale.collection.hold"

    # === STATE ===#

    def _keeps_back(self):
        """Tell whether goods wait: all of them, or what goes beyond a release."""
        if self.state == "released":
            return self.release_amount < self.amount - EPSILON
        return self.state in ("active", "rejected") and self.strength in WAITING

    def _covers(self, judgement):
        """Tell whether what was released is what is judged now.

        Not a larger order, nor a customer some other rule has come to be against, nor
        after the last day.
        """
        if self.state != "released":
            return False
        return (
            (not self.release_until or judgement.today <= self.release_until)
            and judgement.order.amount
            <= max(self.amount, self.release_amount) + EPSILON
            and {check.rule.id for check in judgement.stops} - {0}
            <= set(self.rule_ids.ids)
        )

    def _get_rule_values(self):
        """Return the rules of this hold as values.

        What its strength is owed to without a rule in use, a reminder step or a rule
        archived since, is one more rule about the whole order.
        """
        wanted = set(self.rule_ids.ids)
        rules = self.env["sale.collection.hold.rule"]._get_rules()
        found = [rule for rule in rules if rule.id in wanted]
        if self.strength not in {rule.strength for rule in found}:
            found.append(STEP_RULE._replace(strength=self.strength))
        return found

    def _filter_may_turn_ready(self, judged):
        """Return those of these holds that may end without anybody's decision.

        :param judged: {order id: Judgement}
        """
        return self

    # === WRITE ===#

    @api.model
    def _open(self, judged):
        """Open holds on orders; return them.

        :param judged: {order: Judgement}
        """
        if not judged:
            return self
        profiles = {}
        for company, orders in (
            self.env["sale.order"]
            .sudo()
            .union(*judged)
            .grouped(lambda order: order.company_id.root_id)
            .items()
        ):
            made = self.env["sale.collection.profile"].sudo().with_company(company)
            for profile in made._for(orders.partner_invoice_id):
                profiles[company, profile.partner_id] = profile
        return self.sudo().create(
            [
                {
                    "order_id": order.id,
                    "sold_by_id": order.sudo().user_id.id,
                    "profile_id": profiles[
                        order.company_id.sudo().root_id,
                        order.sudo().partner_invoice_id.commercial_partner_id,
                    ].id,
                    **self._prepare_judged(found),
                }
                for order, found in judged.items()
            ]
        )

    def _keep(self, judgement):
        """Write what is judged now on a hold that stays; a ready one is active again.

        A rejection is a person's decision and stays.
        """
        vals = self._prepare_judged(judgement)
        if self.state == "ready":
            vals["state"] = "active"
            vals["held_at"] = fields.Datetime.now()
        rules = vals.pop("rule_ids")[0][2]
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if set(rules) != set(self.rule_ids.ids):
            changed["rule_ids"] = [fields.Command.set(rules)]
        if changed:
            self.write(changed)

    def _turn_ready(self):
        if self:
            self.write({"state": "ready", "ready_at": fields.Datetime.now()})

    def _expire(self):
        if self:
            self.write({"state": "expired"})

    @api.model
    def _prepare_judged(self, judgement):
        rules = {check.rule.id for check in judgement.stops} - {0}
        words = self.env["sale.order"]._collection_words()
        described = judgement.describe(*words)
        return {
            "strength": judgement.strength,
            "reasons": described["reasons"],
            "cures": described["cures"],
            "amount": judgement.order.amount,
            "amount_received": judgement.order.received,
            "rule_ids": [fields.Command.set(sorted(rules))],
        }
