from odoo import api, fields, models

from odoo.addons.sale_collection.fields import OptionalMonetary

from ..tools.hold_facts import EPSILON, exposure_with

# Reasons a higher limit would take away.
LIMIT_CODES = {"over_limit", "limit_used", "limit_expired"}


class SaleCollectionHold(models.Model):
    """Who sells an order does not free it by raising the customer's limit.

    The limit counts for everything else; this order waits for another controller, or
    for the money that would have freed it before.
    """

    _inherit = "sale.collection.hold"

    own_raise_by_id = fields.Many2one(
        "res.users", string="Limit raised by its salesperson", readonly=True, copy=False
    )
    limit_before = OptionalMonetary(
        string="Limit before",
        readonly=True,
        copy=False,
        help="What the salesperson of this order has raised it from. Empty: no limit.",
    )

    def _filter_may_turn_ready(self, judged):
        # EXTENDS: not by a limit its own salesperson has raised
        holds = super()._filter_may_turn_ready(judged)
        return holds.filtered(
            lambda hold: (
                not hold.own_raise_by_id
                or hold._fits_limit_before(judged.get(hold.order_id.id))
            )
        )

    def _fits_limit_before(self, judgement):
        """Tell whether the order would go on by the limit as it was."""
        if not judgement or self.limit_before is False:
            return False
        used = exposure_with(judgement.order, judgement.party.customer)
        return used <= self.limit_before + EPSILON

    def _on_state_changed(self):
        # EXTENDS: a settled hold forgets
        result = super()._on_state_changed()
        self.sudo().filtered(lambda hold: hold.state != "active")._forget_raise()
        return result

    @api.model
    def _note_raises(self, company, lines):
        """Take down that the user has raised the limits of customers.

        :param lines: {partner id: (credit line before, after)}; `inf` without limit
        """
        raised = {
            partner_id: before
            for partner_id, (before, after) in lines.items()
            if after > before + EPSILON
        }
        if not raised:
            return
        holds = self.sudo().search(
            [
                ("company_id", "child_of", company.id),
                ("partner_id", "in", list(raised)),
                ("state", "=", "active"),
            ]
        )
        holds = holds.filtered(
            lambda hold: (
                not LIMIT_CODES.isdisjoint(row["code"] for row in hold.reasons or ())
            )
        )
        own = holds.filtered(lambda hold: self.env.user in hold._get_sellers())
        (holds - own)._forget_raise()
        others = company._collection_get_controllers() - self.env.user
        if others:
            own.filtered(lambda hold: not hold.own_raise_by_id)._take_raise(raised)

    def _forget_raise(self):
        self.filtered("own_raise_by_id").write(
            {"own_raise_by_id": False, "limit_before": False}
        )

    def _take_raise(self, raised):
        for hold in self:
            hold.write(
                {
                    "own_raise_by_id": self.env.uid,
                    "limit_before": raised[hold.partner_id.id],
                }
            )
        self._message_log_batch(
            {
                hold.id: self.env._(
                    "%(user)s, who sells this order, has raised the limit. The order "
                    "does not go on by that: another credit controller releases it.",
                    user=self.env.user.name,
                )
                for hold in self
            }
        )
